--TEST--
Content that does not fit into memory_limit is an exception or PHP's fatal error, never a crash
--INI--
memory_limit=-1
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$content = str_repeat('0123456789abcdef', 40 << 16);
$s3->write('large', $content);
unset($content);
gc_mem_caches();
ini_set('memory_limit', '32M');
register_shutdown_function(function () use ($s3): void {
    echo "shutdown function: ", $s3->read('large', 16, 6), "\n";
    s3_clean($s3);
});
foreach ([fn () => $s3->read('large'), fn () => $s3->readObject('large'), fn () => $s3->read('large', 100)] as $read) {
    try {
        echo strlen($read()), "\n";
    } catch (S3Storage\Exception\OperationFailedException $e) {
        echo "caught: ", $e->getErrorCode(), "\n";
    }
}
echo strlen($s3->read('large', 0, 10 << 20)), "\n";
?>
--EXPECTREGEX--
((caught: S3_OPERATION_FAILED\n){3}10485760|\n?(PHP )?Fatal error: +Allowed memory size of .*)\nshutdown function: 012345
