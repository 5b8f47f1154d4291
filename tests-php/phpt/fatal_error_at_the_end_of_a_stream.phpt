--TEST--
A fatal error in the last call of a stream's progress callback ends the script
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write('a', 'hello');
register_shutdown_function(static function () use ($s3): void {
    echo "shutdown\n";
    s3_clean($s3);
});
$stream = $s3->readStream('a', progress: static fn () => trigger_error('fatal at the end', E_USER_ERROR));
echo stream_get_contents($stream), "\n";
echo "not reached\n";
?>
--EXPECTF--
%AFatal error: fatal at the end in %s on line %d
shutdown
