--TEST--
S3Storage is final, cannot be cloned, serialized, extended by properties or made without its constructor
--FILE--
<?php
require __DIR__ . '/helper.inc';
$class = new ReflectionClass('S3Storage');
var_dump($class->isFinal(), $class->isCloneable(), $class->isInstantiable(), $class->isInternal());
var_dump($class->getProperties(), $class->getConstants(), $class->getInterfaceNames());
$s3 = s3_nowhere();
s3_thrown(fn () => clone $s3);
s3_thrown(fn () => serialize($s3));
s3_thrown(fn () => serialize([1, [$s3]]));
s3_thrown(fn () => unserialize('O:9:"S3Storage":0:{}'));
s3_thrown(fn () => unserialize('C:9:"S3Storage":0:{}'));
s3_thrown(fn () => $s3->other = 1);
s3_thrown(fn () => $class->newInstanceWithoutConstructor());
s3_thrown(fn () => var_dump(isset($s3->other), count((array) $s3)));
$iterator = $s3->list();
s3_thrown(fn () => clone $iterator);
s3_thrown(fn () => serialize($iterator));
s3_thrown(fn () => unserialize('O:24:"S3Storage\ObjectIterator":0:{}'));
s3_thrown(fn () => $iterator->other = 1);
s3_thrown(fn () => new S3Storage\ObjectIterator());
s3_thrown(fn () => (new ReflectionClass($iterator))->newInstanceWithoutConstructor());
s3_thrown(fn () => var_dump((new ReflectionClass($iterator))->isFinal(), $iterator instanceof Iterator));
?>
--EXPECT--
bool(true)
bool(false)
bool(true)
bool(true)
array(0) {
}
array(0) {
}
array(1) {
  [0]=>
  string(17) "S3Storage\Storage"
}
Error: Trying to clone an uncloneable object of class S3Storage
Exception: Serialization of 'S3Storage' is not allowed
Exception: Serialization of 'S3Storage' is not allowed
Exception: Unserialization of 'S3Storage' is not allowed
Exception: Unserialization of 'S3Storage' is not allowed
Error: Cannot create dynamic property S3Storage::$other
ReflectionException: Class S3Storage is an internal class marked as final that cannot be instantiated without invoking its constructor
bool(false)
int(0)
nothing thrown
Error: Trying to clone an uncloneable object of class S3Storage\ObjectIterator
Exception: Serialization of 'S3Storage\ObjectIterator' is not allowed
Exception: Unserialization of 'S3Storage\ObjectIterator' is not allowed
Error: Cannot create dynamic property S3Storage\ObjectIterator::$other
Error: Call to private S3Storage\ObjectIterator::__construct() from global scope
ReflectionException: Class S3Storage\ObjectIterator is an internal class marked as final that cannot be instantiated without invoking its constructor
bool(true)
bool(true)
nothing thrown
