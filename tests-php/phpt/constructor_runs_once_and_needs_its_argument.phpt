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
ArgumentCountError: S3Storage::__construct() expects exactly 1 argument, 0 given
ArgumentCountError: S3Storage::__construct() expects exactly 1 argument, 2 given
TypeError: S3Storage::__construct(): Argument #1 ($config) must be of type array, null given
%s
string(5) "files"
invalid configuration: servers: at least one server is required
NULL
