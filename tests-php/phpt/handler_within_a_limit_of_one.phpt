--TEST--
A signal handler may use the bucket whose only place is taken by the call that it interrupts
--SKIPIF--
<?php
if (!function_exists('pcntl_async_signals') || !function_exists('posix_kill')) {
    die('skip needs pcntl and posix');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';

$silent = stream_socket_server('tcp://127.0.0.1:0');
$one = new S3Storage([
    'servers' => ['s' => [
        'endpoint' => 'http://' . stream_socket_get_name($silent, false),
        'credentials' => ['key' => 'k', 'secret' => 's'],
        'read_timeout' => 2,
        'max_attempts' => 1,
    ]],
    'buckets' => ['b' => ['server' => 's', 'bucket' => 'some-bucket', 'max_concurrent_operations' => 1]],
]);
pcntl_async_signals(true);
pcntl_signal(SIGUSR1, static function () use ($one) {
    s3_thrown(static fn () => $one->read('inner'));
});
$parent = getmypid();
if (pcntl_fork() === 0) {
    usleep(200_000);
    posix_kill($parent, SIGUSR1);
    posix_kill(getmypid(), SIGKILL);
}
s3_thrown(static fn () => $one->read('outer'));
echo json_encode($one->stats()['b']['running']), "\n";
?>
--EXPECT--
S3Storage\Exception\TimeoutException: read inner: no answer within read_timeout (2s)
S3Storage\Exception\TimeoutException: read outer: no answer within read_timeout (2s)
0
