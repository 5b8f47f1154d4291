--TEST--
Where max_execution_time counts CPU time, its signal ends a stalled read
--SKIPIF--
<?php
if (PHP_ZTS || PHP_OS_FAMILY !== 'Linux' || !function_exists('pcntl_fork') || !function_exists('posix_kill')) {
    die('skip needs a Linux without threads, pcntl and posix');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
$silent = stream_socket_server('tcp://127.0.0.1:0');
$server = ['endpoint' => 'http://' . stream_socket_get_name($silent, false), 'max_attempts' => 1, 'read_timeout' => 60];
$waiting = s3_open($server);
set_time_limit(5);
$parent = getmypid();
if (pcntl_fork() === 0) {
    // What the kernel does when the CPU time is used up (setitimer(2), ITIMER_PROF). A wait uses none.
    usleep(300_000);
    posix_kill($parent, 27);
    posix_kill(getmypid(), SIGKILL);
}
$start = microtime(true);
register_shutdown_function(static function () use ($start): void {
    $seconds = microtime(true) - $start;
    echo 'shutdown, ', $seconds < 10 ? 'in time' : "after $seconds s", "\n";
});
$waiting->read('x');
echo "not reached\n";
?>
--EXPECTF--
%AFatal error: Maximum execution time of 5 seconds exceeded in %s on line %d
shutdown, in time
