--TEST--
Arguments without strict_types: converted as for every function of PHP, with the same deprecations and errors
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write(2026, 0.5);
var_dump($s3->read('2026'), $s3->read(2026, '1', 1.0));
$s3->write(new class {
    public function __toString(): string
    {
        return 'text';
    }
}, true);
var_dump($s3->read('text'));
var_dump(str_contains($s3->presignGet('a', '60')->url, 'X-Amz-Expires=60&'));
s3_thrown(fn () => $s3->read(null));
s3_thrown(fn () => $s3->read([]));
s3_thrown(fn () => $s3->read('a', 'five'));
s3_thrown(fn () => $s3->read('a', ''));
s3_thrown(fn () => $s3->read('a', PHP_INT_MAX + 1));
s3_thrown(fn () => $s3->read('text', 1.5));
s3_thrown(fn () => $s3->presignGet('a', 'tomorrow'));
s3_thrown(fn () => $s3->write('a', 'x', metadata: null));
s3_clean($s3);
?>
--EXPECTF--
string(3) "0.5"
string(1) "."
string(1) "1"
bool(true)

Deprecated: S3Storage::read(): Passing null to parameter #1 ($pathname) of type string is deprecated in %s on line %d
S3Storage\Exception\InvalidPathnameException: pathname "": a pathname must not be empty
TypeError: S3Storage::read(): Argument #1 ($pathname) must be of type string, array given
TypeError: S3Storage::read(): Argument #2 ($offset) must be of type int, string given
TypeError: S3Storage::read(): Argument #2 ($offset) must be of type int, string given
TypeError: S3Storage::read(): Argument #2 ($offset) must be of type int, float given

Deprecated: Implicit conversion from float 1.5 to int loses precision in %s on line %d
S3Storage\Exception\OperationFailedException: read text: offset 1 is at or behind the end of the object (%s
TypeError: S3Storage::presignGet(): Argument #2 ($expiresIn) must be of type DateTimeInterface|int, string given
TypeError: S3Storage::write(): Argument #7 ($metadata) must be of type array, null given
