--TEST--
Arguments with strict_types: nothing is converted, the messages are PHP's own
--FILE--
<?php
declare(strict_types=1);
require __DIR__ . '/helper.inc';
$s3 = s3_nowhere();
s3_thrown(fn () => $s3->read(5));
s3_thrown(fn () => $s3->read(null));
s3_thrown(fn () => $s3->read('a', '5'));
s3_thrown(fn () => $s3->read('a', 5.0));
s3_thrown(fn () => $s3->read('a', 0, '5'));
s3_thrown(fn () => $s3->write('a', new ArrayObject()));
s3_thrown(fn () => $s3->write('a', 'x', metadata: 'k=v'));
s3_thrown(fn () => $s3->list('', 1));
s3_thrown(fn () => $s3->getMetadata('a', 'yes'));
s3_thrown(fn () => $s3->presignGet('a', '60'));
s3_thrown(fn () => $s3->presignGet('a', new stdClass()));
s3_thrown(fn () => $s3->exists());
s3_thrown(fn () => $s3->exists('a', 'b'));
s3_thrown(fn () => $s3->write('a'));
s3_thrown(fn () => $s3->write(content: 'x'));
s3_thrown(fn () => $s3->read('a', foo: 1));
s3_thrown(fn () => $s3->listBuckets(1));
s3_thrown(fn () => $s3->read(new class {
    public function __toString(): string
    {
        return 'a';
    }
}));
?>
--EXPECTF--
TypeError: S3Storage::read(): Argument #1 ($pathname) must be of type string, int given
TypeError: S3Storage::read(): Argument #1 ($pathname) must be of type string, null given
TypeError: S3Storage::read(): Argument #2 ($offset) must be of type int, string given
TypeError: S3Storage::read(): Argument #2 ($offset) must be of type int, float given
TypeError: S3Storage::read(): Argument #3 ($length) must be of type ?int, string given
TypeError: S3Storage::write(): Argument #2 ($content) must be of type string, ArrayObject given
TypeError: S3Storage::write(): Argument #7 ($metadata) must be of type array, string given
TypeError: S3Storage::list(): Argument #2 ($recursive) must be of type bool, int given
TypeError: S3Storage::getMetadata(): Argument #2 ($visibility) must be of type bool, string given
TypeError: S3Storage::presignGet(): Argument #2 ($expiresIn) must be of type DateTimeInterface|int, string given
TypeError: S3Storage::presignGet(): Argument #2 ($expiresIn) must be of type DateTimeInterface|int, stdClass given
ArgumentCountError: S3Storage::exists() expects exactly 1 argument, 0 given
ArgumentCountError: S3Storage::exists() expects exactly 1 argument, 2 given
ArgumentCountError: S3Storage::write() expects at least 2 arguments, 1 given
ArgumentCountError: S3Storage::write(): Argument #1 ($pathname) not passed
Error: Unknown named parameter $foo
ArgumentCountError: S3Storage::listBuckets() expects exactly 0 arguments, 1 given
TypeError: S3Storage::read(): Argument #1 ($pathname) must be of type string, class@anonymous given
