<?php

/** Runs the trial of `scripts/fpm.sh`: `php run.php REQUESTS FOLDER`. */

declare(strict_types=1);

use S3Storage\Tests\Fpm\Trial;

require __DIR__ . '/../autoload.php';

[, $requests, $folder] = $argv;
$failures = (new Trial($folder, (int) $requests))->run();
foreach (array_slice($failures, 0, 20) as $failure) {
    echo "FAILED: $failure\n";
}
echo $failures === [] ? "no failure\n" : count($failures) . " failures\n";
exit($failures === [] ? 0 : 1);
