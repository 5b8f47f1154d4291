<?php

/** Runs the soak of `scripts/soak.sh`: `php run.php MINUTES SEED FOLDER SERVER…`. */

declare(strict_types=1);

use S3Storage\Tests\Soak\Conductor;
use S3Storage\Tests\Soak\Plan;

require __DIR__ . '/../autoload.php';

// At once: what is forked later is of the same state, whatever happens to the files meanwhile.
array_map(static fn (string $file) => require_once $file, glob(__DIR__ . '/../src/Soak/*.php') ?: []);

[, $minutes, $seed, $folder] = $argv;
$plan = new Plan($folder, (int) $seed, (float) $minutes * 60);
exit((new Conductor($plan, array_slice($argv, 4)))->run() ? 0 : 1);
