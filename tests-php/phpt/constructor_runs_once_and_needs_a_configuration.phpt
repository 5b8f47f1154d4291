--TEST--
A handle needs a configuration; its constructor runs once, and a failed one leaves no handle
--FILE--
<?php
require __DIR__ . '/helper.inc';
s3_thrown(fn () => new S3Storage());
s3_thrown(fn () => new S3Storage([], []));
s3_thrown(fn () => new S3Storage(config: null));
$s3 = s3_nowhere();
try {
    $s3->__construct(s3_config());
    echo "constructed again\n";
} catch (Throwable $e) {
    echo get_class($e), "\n";
}
var_dump($s3->listBuckets()['default']);
$caught = null;
try {
    new class {
        public function __construct()
        {
            global $caught;
            $caught = new S3Storage(['servers' => []]);
        }
    };
} catch (S3Storage\Exception\InvalidConfigException $e) {
    echo $e->getMessage(), "\n";
}
var_dump($caught);
?>
--EXPECTF--
S3Storage\Exception\InvalidConfigException: no configuration: give new S3Storage() an array or the path of a file, or set the ini setting s3storage.config or the environment variable S3STORAGE_CONFIG to the path of one
ArgumentCountError: S3Storage::__construct() expects at most 1 argument, 2 given
S3Storage\Exception\InvalidConfigException: no configuration: give new S3Storage() an array or the path of a file, or set the ini setting s3storage.config or the environment variable S3STORAGE_CONFIG to the path of one
%s
string(5) "files"
invalid configuration: servers: at least one server is required
NULL
