--TEST--
An application can implement S3Storage\Storage, as a decorator of its own
--FILE--
<?php
declare(strict_types=1);

use S3Storage\BatchResult;
use S3Storage\ListPage;
use S3Storage\ObjectContent;
use S3Storage\ObjectInfo;
use S3Storage\PresignedUrl;
use S3Storage\Storage;

require __DIR__ . '/helper.inc';

final class Logged implements Storage
{
    public function __construct(private Storage $inner)
    {
    }

    public function bucket(string $name): Storage
    {
        return new self($this->inner->bucket($name));
    }

    public function registerBucket(
        string $name,
        string $server,
        string $bucket,
        string $prefix = '',
        string $visibility = 'private',
        ?string $url = null,
        string $acl = 'auto',
        ?int $maxConcurrentOperations = null,
        ?int $partSize = null,
        ?int $concurrency = null,
    ): void {
        $this->inner->registerBucket($name, $server, $bucket, $prefix, $visibility, $url, $acl, $maxConcurrentOperations);
    }

    public function listBuckets(): array
    {
        return $this->inner->listBuckets();
    }

    public function isHealthy(): bool
    {
        return $this->inner->isHealthy();
    }

    public function stats(): array
    {
        return $this->inner->stats();
    }

    public function write(
        string $pathname,
        string $content,
        ?string $visibility = null,
        ?string $contentType = null,
        ?string $cacheControl = null,
        ?string $contentDisposition = null,
        array $metadata = [],
        ?string $storageClass = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        ?int $partSize = null,
        ?int $concurrency = null,
        array $options = [],
    ): ObjectInfo {
        echo __FUNCTION__, "\n";
        return $this->inner->write(...func_get_args());
    }

    public function uploadFile(
        string $pathname,
        string $file,
        ?string $visibility = null,
        ?string $contentType = null,
        ?string $cacheControl = null,
        ?string $contentDisposition = null,
        array $metadata = [],
        ?string $storageClass = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        ?int $partSize = null,
        ?int $concurrency = null,
        ?callable $progress = null,
        bool $resume = false,
        array $options = [],
    ): ObjectInfo {
        return $this->inner->uploadFile(...func_get_args());
    }

    public function downloadFile(
        string $pathname,
        string $file,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        ?int $partSize = null,
        ?int $concurrency = null,
        ?callable $progress = null,
        bool $resume = false,
        array $options = [],
    ): ObjectInfo {
        return $this->inner->downloadFile(...func_get_args());
    }

    public function listUploads(string $prefix = ''): iterable
    {
        return $this->inner->listUploads($prefix);
    }

    public function abortUploads(DateTimeInterface|int $olderThan, string $prefix = ''): int
    {
        return $this->inner->abortUploads($olderThan, $prefix);
    }

    public function read(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        array $options = [],
    ): string {
        echo __FUNCTION__, "\n";
        return $this->inner->read(...func_get_args());
    }

    public function readObject(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        array $options = [],
    ): ObjectContent {
        return $this->inner->readObject(...func_get_args());
    }

    public function exists(string $pathname): bool
    {
        return $this->inner->exists($pathname);
    }

    public function delete(string $pathname): void
    {
        $this->inner->delete($pathname);
    }

    public function deleteMany(iterable $pathnames, bool $throw = true): BatchResult
    {
        return $this->inner->deleteMany(...func_get_args());
    }

    public function deletePrefix(string $prefix, bool $all = false): int
    {
        return $this->inner->deletePrefix(...func_get_args());
    }

    public function copy(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
    ): ObjectInfo {
        return $this->inner->copy(...func_get_args());
    }

    public function move(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
    ): ObjectInfo {
        return $this->inner->move(...func_get_args());
    }

    public function getMetadata(string $pathname, bool $visibility = false): ObjectInfo
    {
        return $this->inner->getMetadata($pathname, $visibility);
    }

    public function getVisibility(string $pathname): string
    {
        return $this->inner->getVisibility($pathname);
    }

    public function setVisibility(string $pathname, string $visibility): void
    {
        $this->inner->setVisibility($pathname, $visibility);
    }

    public function getPublicUrl(string $pathname, DateTimeInterface|int $expiresIn = 0): string
    {
        return $this->inner->getPublicUrl($pathname, $expiresIn);
    }

    public function presignGet(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $contentDisposition = null,
        array $options = [],
    ): PresignedUrl {
        return $this->inner->presignGet(...func_get_args());
    }

    public function presignPut(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $visibility = null,
    ): PresignedUrl {
        return $this->inner->presignPut(...func_get_args());
    }

    public function list(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
    ): iterable {
        return $this->inner->list(...func_get_args());
    }

    public function listPage(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
        ?string $continuationToken = null,
    ): ListPage {
        return $this->inner->listPage(...func_get_args());
    }
}

$s3 = new Logged(s3_open());
$s3->bucket('files')->write('a', 'content');
var_dump($s3->read('a', 3), $s3->exists('a'), iterator_count($s3->list()));
$s3->delete('a');
?>
--EXPECT--
write
read
string(4) "tent"
bool(true)
int(1)
