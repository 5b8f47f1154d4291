--TEST--
A fatal error in a signal handler during a wait ends the script as PHP does, and shutdown functions can still use the storage
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
$waiting = new S3Storage([
    'servers' => ['s' => [
        'endpoint' => 'http://' . stream_socket_get_name($silent, false),
        'credentials' => ['key' => 'k', 'secret' => 's'],
        'read_timeout' => 5,
        'max_attempts' => 1,
    ]],
    'buckets' => ['b' => ['server' => 's', 'bucket' => 'some-bucket']],
]);
$good = s3_open();
$good->write('fatal', 'still here');
register_shutdown_function(static function () use ($good) {
    echo 'shutdown: ', $good->read('fatal'), "\n";
    $good->delete('fatal');
});
pcntl_async_signals(true);
pcntl_signal(SIGUSR1, static function () {
    trigger_error('fatal in the handler', E_USER_ERROR);
});
$parent = getmypid();
if (pcntl_fork() === 0) {
    usleep(200_000);
    posix_kill($parent, SIGUSR1);
    posix_kill(getmypid(), SIGKILL);
}
$waiting->read('x');
echo "not reached\n";
?>
--EXPECTF--
%AFatal error: fatal in the handler in %s on line %d
shutdown: still here
