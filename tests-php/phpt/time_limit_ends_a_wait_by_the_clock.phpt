--TEST--
With threads max_execution_time counts the time that passes: it ends a stalled read, and shutdown functions can still use the storage
--SKIPIF--
<?php
if (!PHP_ZTS || PHP_OS_FAMILY !== 'Linux') {
    die('skip counts CPU time here');
}
ob_start();
phpinfo(INFO_GENERAL);
if (!preg_match('/^Zend Max Execution Timers => enabled/m', ob_get_clean())) {
    die('skip needs --enable-zend-max-execution-timers');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
$silent = stream_socket_server('tcp://127.0.0.1:0');
$server = ['endpoint' => 'http://' . stream_socket_get_name($silent, false), 'max_attempts' => 1, 'read_timeout' => 60];
$waiting = s3_open($server);
$good = s3_open();
$good->write('a', 'still here');
set_time_limit(1);
$start = microtime(true);
register_shutdown_function(static function () use ($good, $start): void {
    $seconds = microtime(true) - $start;
    echo 'shutdown: ', $good->read('a'), ', ', $seconds > 0.95 && $seconds < 10 ? 'in time' : "after $seconds s", "\n";
    s3_clean($good);
});
$waiting->read('x');
echo "not reached\n";
?>
--EXPECTF--
%AFatal error: Maximum execution time of 1 second exceeded in %s on line %d
shutdown: still here, in time
