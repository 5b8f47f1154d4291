--TEST--
A fatal error in the middle of a listing is PHP's own, and the shutdown goes on
--INI--
memory_limit=32M
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write('a', 'x');
register_shutdown_function(function () use ($s3): void {
    s3_clean($s3);
    echo "cleaned\n";
});
foreach ($s3->list() as $object) {
    str_repeat('x', 64 << 20);
}
?>
--EXPECTF--
Fatal error: Allowed memory size of 33554432 bytes exhausted %s
cleaned
