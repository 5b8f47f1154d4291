<?php

declare(strict_types=1);

// The time limit of one thread ends its own wait, and nobody else's.

require __DIR__ . '/../phpt/helper.inc';

if ($thread !== 0) {
    $s3 = new S3Storage(s3_config(bucket: ['prefix' => "time/$thread/"]));
    for ($until = microtime(true) + 0.5; microtime(true) < $until;) {
        $s3->write('a', 'b');
    }
    exit($s3->read('a') === 'b' ? 0 : 1);
}
$silent = stream_socket_server('tcp://127.0.0.1:0');
$server = ['endpoint' => 'http://' . stream_socket_get_name($silent, false), 'max_attempts' => 1, 'read_timeout' => 10];
$waiting = s3_open($server);
$start = microtime(true);
register_shutdown_function(static function () use ($start): void {
    $seconds = microtime(true) - $start;
    $isLimit = str_contains(error_get_last()['message'] ?? '', 'Maximum execution time of 1 second exceeded');
    exit($isLimit && $seconds > 0.9 && $seconds < 1.5 ? 0 : 1);
});
ini_set('display_errors', '0');
set_time_limit(1);
$waiting->read('a');
