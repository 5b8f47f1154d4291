<?php

/**
 * Prints `PASSED FAILED SKIPPED` of a JUnit log, and appends what failed to `evidence` and `names` in a folder.
 *
 *   php scripts/junit.php LOG FOLDER
 */

declare(strict_types=1);

[, $log, $folder] = $argv;
$xml = @simplexml_load_file($log);
if ($xml === false || !isset($xml->testsuite)) {
    file_put_contents("$folder/names", "phpunit: wrote no log\n", FILE_APPEND);
    echo '0 1 0';
    exit;
}
foreach ($xml->xpath('//testcase[error or failure]') as $case) {
    foreach ($case->xpath('error | failure') as $problem) {
        file_put_contents("$folder/evidence", rtrim((string) $problem) . "\n\n", FILE_APPEND);
    }
    file_put_contents("$folder/names", "phpunit: $case[class]::$case[name]\n", FILE_APPEND);
}
$all = $xml->testsuite;
$bad = (int) $all['errors'] + (int) $all['failures'];
echo (int) $all['tests'] - $bad - (int) $all['skipped'], ' ', $bad, ' ', (int) $all['skipped'];
