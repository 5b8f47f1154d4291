--TEST--
exit() and a fatal error in the middle of an upload leave nothing of it on the server, and shutdown functions and destructors still have the storage, its one place included
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open([], ['max_concurrent_operations' => 1]);
$s3->exists('warm');

final class Last
{
    public function __construct(private S3Storage $s3)
    {
    }

    public function __destruct()
    {
        $this->s3->write('destructor', S3Storage::status()['state']);
    }
}

$source = static function (): mixed {
    $file = tmpfile();
    ftruncate($file, 40 << 20);
    return $file;
};
$fatal = static function (): void {
    ini_set('display_errors', '0');
    trigger_error('fatal in the callback', E_USER_ERROR);
};
$uploads = [
    'uploadFile' => static fn () => $s3->uploadFile('a', stream_get_meta_data($GLOBALS['file'] = $source())['uri'], progress: fn () => exit(7)),
    'writeStream' => static fn () => $s3->writeStream('a', $source(), progress: fn () => exit(7)),
    'uploadFile, fatal' => static fn () => $s3->uploadFile('a', stream_get_meta_data($GLOBALS['file'] = $source())['uri'], progress: $fatal),
    'writeStream, fatal' => static fn () => $s3->writeStream('a', $source(), progress: $fatal),
];
foreach ($uploads as $name => $upload) {
    $child = pcntl_fork();
    if ($child === 0) {
        register_shutdown_function(static fn () => $s3->write('shutdown', S3Storage::status()['state']));
        $last = new Last($s3);
        $upload();
    }
    pcntl_waitpid($child, $status);
    $left = iterator_count((function () use ($s3) {
        yield from $s3->listUploads();
    })());
    echo "$name: ", pcntl_wexitstatus($status), ", uploads left: $left, object: ", var_export($s3->exists('a'), true), "\n";
    echo $s3->read('shutdown'), ' ', $s3->exists('destructor') ? $s3->read('destructor') : 'without destructors', "\n";
    s3_clean($s3);
}
?>
--EXPECT--
uploadFile: 7, uploads left: 0, object: false
serving serving
writeStream: 7, uploads left: 0, object: false
serving serving
uploadFile, fatal: 255, uploads left: 0, object: false
serving without destructors
writeStream, fatal: 255, uploads left: 0, object: false
serving without destructors
