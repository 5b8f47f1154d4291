<?php

/**
 * Counts the instructions of one GET, PUT and HEAD of 4 KiB, of one presigning, and of a new client
 * with one GET (from an array that was given before, from a file that is known), and compares with `baseline.json`.
 *
 *   scripts/bench.sh instructions PROFILE            fails where an operation takes over 10 % more than the baseline
 *   scripts/bench.sh instructions PROFILE --update   writes the baseline instead
 *
 * CI counts in the profile `ci`, which `make test` has built already: under a minute. A release build would cost it
 * eight minutes of CPU for the same verdict. Its counts are lower, but evenly: when this was decided, those of `ci`
 * were 1.49 (GET), 1.35 (PUT), 1.48 (HEAD) and 1.47 times (presigning) those of release, so that what is added to a
 * path, such as a copy, an allocation or another turn of the loop, shows in both.
 */

declare(strict_types=1);

use S3Storage\Benches\Baseline;
use S3Storage\Benches\Callgrind;

require __DIR__ . '/src/Baseline.php';
require __DIR__ . '/src/Callgrind.php';

$limitPercent = 10.0;
$profile = $argv[1];
$updates = in_array('--update', $argv, true);
$baseline = Baseline::read();
$counted = [];
$failed = false;

printf("%-10s %12s %12s %9s\n", "profile $profile", 'instructions', 'baseline', 'change');
foreach (['get', 'put', 'head', 'presign', 'new', 'file'] as $operation) {
    $was = $baseline->instructions($profile, $operation);
    $now = Callgrind::instructionsPerCall($operation);
    $allowed = $was === null || $updates ? PHP_INT_MAX : (int) ($was * (1 + $limitPercent / 100));
    // Chance can only add, such as a tick of the clock: what is too much is counted again.
    for ($again = 0; $again < 2 && $now > $allowed; $again++) {
        $now = min($now, Callgrind::instructionsPerCall($operation));
    }
    $counted[$operation] = $now;
    $change = $was === null ? 0.0 : ($now / $was - 1) * 100;
    $failed = $failed || $was === null || $now > $allowed;
    $remark = match (true) {
        $was === null => ' not in the baseline',
        $now > $allowed => ' TOO MUCH',
        $change < -$limitPercent => ' less; UPDATE=1 keeps it',
        default => '',
    };
    printf("%-10s %12s %12s %+8.1f%%%s\n", $operation, number_format($now), number_format($was ?? 0), $change, $remark);
}

if ($updates) {
    $baseline->write($profile, $counted);
    echo "wrote benches/baseline.json\n";
    exit(0);
}
foreach ($baseline->otherTools($profile) as $tool => [$now, $then]) {
    echo "note: $tool is $now here, and was $then for the baseline: that moves the counts too\n";
}
if ($failed) {
    echo "over $limitPercent % more than the baseline; if that is to stay: make bench-instructions UPDATE=1\n";
}
exit($failed ? 1 : 0);
