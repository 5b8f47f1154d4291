--TEST--
A fatal error in the code of a stream that is written ends the script as it should, and leaves no upload
--FILE--
<?php
require __DIR__ . '/helper.inc';
final class Source
{
    public $context;
    private int $left = 7;

    public function stream_open(): bool
    {
        return true;
    }

    public function stream_read(int $length): string
    {
        if ($this->left-- === 0) {
            eval('function strlen() {} function strlen() {}');
        }
        return str_repeat('x', $length);
    }

    public function stream_eof(): bool
    {
        return false;
    }
}
stream_wrapper_register('source', Source::class);
register_shutdown_function(function () use (&$s3): void {
    var_dump($s3->exists('a'));
    s3_clean($s3);
});
$s3 = s3_open();
$s3->write('before', 'x');
$s3->writeStream('a', fopen('source://x', 'r'));
echo "not reached\n";
?>
--EXPECTF--
%AFatal error: Cannot redeclare %Sstrlen()%a
bool(false)
