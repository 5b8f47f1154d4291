--TEST--
A stream of a script that is closed after the wrapper was let go of does not find it any more
--FILE--
<?php
final class Late
{
    public mixed $context;

    public function stream_open(): bool
    {
        return true;
    }

    public function stream_close(): void
    {
        // What the wrapper was is used again.
        $kept = array_map(static fn (int $i) => str_repeat('x', 1 + $i), range(1, 100));
        echo 'closed: ', var_export(@file_put_contents('s3://default/late', 'late'), true), "\n";
        echo error_get_last()['message'], "\n";
    }
}
stream_wrapper_register('late', Late::class);
$late = fopen('late://x', 'w');
S3Storage::registerStreamWrapper(S3Storage::fake());
echo "end\n";
?>
--EXPECT--
end
closed: false
file_put_contents(s3://default/late): Failed to open stream: No such file or directory
