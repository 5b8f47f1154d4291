--TEST--
Properties of results are typed and read-only by PHP's own rules
--FILE--
<?php
require __DIR__ . '/helper.inc';
$info = new S3Storage\ObjectInfo('a', 5, metadata: ['k' => 'v']);
s3_thrown(fn () => $info->size = 6);
s3_thrown(fn () => $info->size++);
s3_thrown(function () use ($info): void {
    $info->metadata['k'] = 'w';
});
s3_thrown(function () use ($info): void {
    unset($info->pathname);
});
s3_thrown(function () use ($info): void {
    foreach ($info as $name => &$value) {
        $value = 1;
    }
});
s3_thrown(fn () => $info->other = 1);
s3_thrown(fn () => $info->__construct('b'));
s3_thrown(fn () => (new ReflectionProperty($info, 'size'))->setValue($info, 6));
s3_thrown(fn () => new S3Storage\ObjectInfo(size: 5));
s3_thrown(fn () => new S3Storage\ObjectInfo('a', 'five'));
foreach ((new ReflectionClass($info))->getProperties() as $property) {
    echo $property->isReadOnly() ? 'readonly ' : '', $property->getType(), ' $', $property->getName(), "\n";
}
var_dump($info);
?>
--EXPECTF--
Error: Cannot modify readonly property S3Storage\ObjectInfo::$size
Error: Cannot modify readonly property S3Storage\ObjectInfo::$size
Error: Cannot %Smodify readonly property S3Storage\ObjectInfo::$metadata
Error: Cannot unset readonly property S3Storage\ObjectInfo::$pathname
Error: Cannot acquire reference to readonly property S3Storage\ObjectInfo::$pathname
Error: Cannot create dynamic property S3Storage\ObjectInfo::$other
Error: Cannot modify readonly property%S
Error: Cannot modify readonly property S3Storage\ObjectInfo::$size
ArgumentCountError: S3Storage\ObjectInfo::__construct(): Argument #1 ($pathname) not passed
TypeError: S3Storage\ObjectInfo::__construct(): Argument #2 ($size) must be of type ?int, string given
readonly string $pathname
readonly ?int $size
readonly ?int $lastModified
readonly ?string $mimeType
readonly ?string $etag
readonly ?string $visibility
readonly ?string $storageClass
readonly ?string $versionId
readonly ?array $metadata
readonly bool $isDirectory
object(S3Storage\ObjectInfo)#%d (10) {
  ["pathname"]=>
  string(1) "a"
  ["size"]=>
  int(5)
  ["lastModified"]=>
  NULL
  ["mimeType"]=>
  NULL
  ["etag"]=>
  NULL
  ["visibility"]=>
  NULL
  ["storageClass"]=>
  NULL
  ["versionId"]=>
  NULL
  ["metadata"]=>
  array(1) {
    ["k"]=>
    string(1) "v"
  }
  ["isDirectory"]=>
  bool(false)
}
