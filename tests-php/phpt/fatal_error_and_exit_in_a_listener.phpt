--TEST--
A fatal error and an exit in a listener end the script as PHP does; what was done is done
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--INI--
; PHP 8.4 calls this way to a fatal error deprecated.
error_reporting=E_ALL & ~E_DEPRECATED
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();

$exits = static fn () => exit(7);
foreach (['write' => fn () => $s3->write('a', 'x'), 'failure' => fn () => $s3->read('none')] as $name => $call) {
    if (pcntl_fork() === 0) {
        $s3->listen($exits);
        $call();
        exit(1);
    }
    pcntl_wait($status);
    echo $name, ' ', pcntl_wexitstatus($status), "\n";
}
echo $s3->read('a'), "\n";

// A child hears nothing of what its parent did, and of what it does itself.
$heard = [];
$s3->listen(function ($event) use (&$heard): void {
    $heard[] = getmypid() . $event->name;
});
$s3->exists('a');
if (pcntl_fork() === 0) {
    $s3->read('a');
    echo count($heard), ' ', $heard[1] === getmypid() . 'read' ? 'of the child' : 'of the parent', "\n";
    posix_kill(getmypid(), SIGKILL);
}
pcntl_wait($status);
$s3->exists('a');
echo count($heard), "\n";

register_shutdown_function(static function () use ($s3): void {
    echo 'shutdown: ', $s3->read('b'), "\n";
    s3_clean($s3);
});
$s3->listen(static function ($event): void {
    static $once = false;
    if (!$once) {
        $once = true;
        trigger_error('fatal in the listener', E_USER_ERROR);
    }
});
$s3->write('b', 'written');
echo "not reached\n";
?>
--EXPECTF--
write 7
failure 7
x
2 of the child
2

Fatal error: fatal in the listener in %s on line %d
shutdown: written
