<?php

/**
 * Runs the tests of every row of docs/faults.md, and prints the rows with what came of them:
 * `php tests-php/faults.php PROFILE`.
 * A row without a test, and a test that is missing, failed, or did not run, is an error.
 */

declare(strict_types=1);

use S3Storage\Tests\Promises\Document;
use S3Storage\Tests\Promises\Run;

require __DIR__ . '/autoload.php';

$rows = Document::promises(dirname(__DIR__) . '/docs/faults.md', '/^## /');
$names = array_merge(...array_map(static fn ($row): array => $row->tests, $rows));
$outcomes = (new Run(dirname(__DIR__), $argv[1] ?? 'ci'))->outcomes($names);
$bad = 0;
foreach ($rows as $number => $row) {
    printf("\n%2d. %s\n", $number + 1, wordwrap(str_replace('**', '', $row->text), 110, "\n    "));
    $bad += (int) ($row->tests === []);
    foreach ($row->tests as $name) {
        $outcome = $outcomes[$name] ?? 'did not run';
        $bad += (int) ($outcome !== Run::PASSED);
        printf("    %-8s %s\n", $outcome, $name);
    }
}
$count = count(array_unique($names));
printf("\n%d rows, %d tests: %s\n", count($rows), $count, $bad === 0 ? 'all passed' : "$bad problems");
exit($bad === 0 ? 0 : 1);
