--TEST--
The extension is loaded and tells its version
--FILE--
<?php
var_dump(extension_loaded('s3storage'));
var_dump(preg_match('/^\d+\.\d+\.\d+/', (string) phpversion('s3storage')));
$extension = new ReflectionExtension('s3storage');
var_dump($extension->getName(), $extension->getVersion() === phpversion('s3storage'));
var_dump($extension->getFunctions());
$names = $extension->getClassNames();
sort($names);
echo implode("\n", $names), "\n";
?>
--EXPECT--
bool(true)
int(1)
string(9) "s3storage"
bool(true)
array(0) {
}
S3Storage
S3Storage\BatchFailure
S3Storage\BatchResult
S3Storage\ContentIterator
S3Storage\Exception\BatchFailedException
S3Storage\Exception\BucketAlreadyExistsException
S3Storage\Exception\BucketNotFoundException
S3Storage\Exception\CancelledException
S3Storage\Exception\ChecksumMismatchException
S3Storage\Exception\ConnectionFailedException
S3Storage\Exception\FileNotFoundException
S3Storage\Exception\InvalidArgumentException
S3Storage\Exception\InvalidConfigException
S3Storage\Exception\InvalidPathnameException
S3Storage\Exception\InvalidVisibilityException
S3Storage\Exception\NotModifiedException
S3Storage\Exception\OperationFailedException
S3Storage\Exception\PermissionDeniedException
S3Storage\Exception\PreconditionFailedException
S3Storage\Exception\QuotaExceededException
S3Storage\Exception\S3Exception
S3Storage\Exception\ThrottledException
S3Storage\Exception\TimeoutException
S3Storage\Exception\UnsupportedException
S3Storage\Future
S3Storage\ListPage
S3Storage\ObjectContent
S3Storage\ObjectInfo
S3Storage\ObjectIterator
S3Storage\ObjectLock
S3Storage\ObjectResponse
S3Storage\ObjectVersion
S3Storage\OperationEvent
S3Storage\PresignedPost
S3Storage\PresignedUrl
S3Storage\Storage
S3Storage\SyncResult
S3Storage\Upload
S3Storage\VersionIterator
