<?php

declare(strict_types=1);

// Two places for all threads: everyone gets one in turn, and none is lost.

require __DIR__ . '/../phpt/helper.inc';

$s3 = new S3Storage(s3_config(['operation_timeout' => 30], ['prefix' => 'limit/', 'max_concurrent_operations' => 2]));
$s3->write("$thread", str_repeat('x', 100_000));
$length = strlen($s3->read("$thread"));
$running = $s3->stats()['files']['running'];
if ($length !== 100_000 || $running > 2) {
    echo "thread $thread, request $request: $length bytes, $running running\n";
    exit(1);
}
