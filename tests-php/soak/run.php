<?php

/** Runs the soak of `scripts/soak.sh`: `php run.php MINUTES SEED FOLDER SERVER…`. */

declare(strict_types=1);

use S3Storage\Tests\Soak\Conductor;
use S3Storage\Tests\Soak\Plan;

require __DIR__ . '/../autoload.php';

[, $minutes, $seed, $folder] = $argv;
$plan = new Plan($folder, (int) $seed, (float) $minutes * 60);
exit((new Conductor($plan, array_slice($argv, 4)))->run() ? 0 : 1);
