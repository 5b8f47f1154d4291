//! The PHP surface: every class, method and parameter, written as PHP declares it.
//!
//! `php-stubs/` documents what stands here; a test compares both through Reflection. The strings are parsed once, when the
//! module starts.

/// What the class has beside the operations.
pub(super) const CLASS_METHODS: &[&str] = &[
    "listen(callable $listener): void",
    "unlisten(callable $listener): void",
    "setLogger(?object $logger): void",
    "setEventDispatcher(?object $dispatcher): void",
    "setTraceContext(?callable $context): void",
];

/// The operations, as `S3Storage\Storage` declares them and `S3Storage` implements them.
pub(super) const STORAGE_METHODS: &[&str] = &[
    "bucket(string $alias): S3Storage\\Storage",
    "registerBucket(string $name, string $server, string $bucket, string $prefix = '', string $visibility = 'private', \
     ?string $url = null, string $acl = 'auto', ?int $maxConcurrentOperations = null, ?int $partSize = null, \
     ?int $concurrency = null, bool $persistent = false): void",
    "listBuckets(): array",
    "isHealthy(): bool",
    "stats(): array",
    "write(string $pathname, string $content, ?string $visibility = null, ?string $contentType = null, \
     ?string $cacheControl = null, ?string $contentDisposition = null, array $metadata = [], \
     ?string $storageClass = null, ?string $ifMatch = null, ?string $ifNoneMatch = null, ?int $partSize = null, \
     ?int $concurrency = null, array $options = []): S3Storage\\ObjectInfo",
    "uploadFile(string $pathname, string $file, ?string $visibility = null, ?string $contentType = null, \
     ?string $cacheControl = null, ?string $contentDisposition = null, array $metadata = [], \
     ?string $storageClass = null, ?string $ifMatch = null, ?string $ifNoneMatch = null, ?int $partSize = null, \
     ?int $concurrency = null, ?callable $progress = null, bool $resume = false, array $options = []): \
     S3Storage\\ObjectInfo",
    "downloadFile(string $pathname, string $file, ?string $ifMatch = null, ?string $ifNoneMatch = null, \
     ?int $partSize = null, ?int $concurrency = null, ?callable $progress = null, bool $resume = false, \
     array $options = []): S3Storage\\ObjectInfo",
    "uploadDirectory(string $directory, string $prefix = '', ?callable $filter = null, ?callable $progress = null, \
     int $concurrency = 8, bool $followSymlinks = false, bool $throw = true, ?string $visibility = null, \
     array $metadata = [], array $options = []): S3Storage\\BatchResult",
    "downloadDirectory(string $prefix, string $directory, ?callable $filter = null, ?callable $progress = null, \
     int $concurrency = 8, bool $throw = true): S3Storage\\BatchResult",
    "sync(string $directory, string $prefix = '', string $direction = 'up', bool $delete = false, \
     bool $dryRun = false, bool $checksum = false, ?callable $filter = null, ?callable $progress = null, \
     int $concurrency = 8, bool $throw = true): S3Storage\\SyncResult",
    "listUploads(string $prefix = ''): iterable",
    "abortUploads(DateTimeInterface|int $olderThan, string $prefix = ''): int",
    "read(string $pathname, int $offset = 0, ?int $length = null, ?string $ifMatch = null, ?string $ifNoneMatch = null, \
     array $options = []): string",
    "readObject(string $pathname, int $offset = 0, ?int $length = null, ?string $ifMatch = null, \
     ?string $ifNoneMatch = null, array $options = []): S3Storage\\ObjectContent",
    "readStream(string $pathname, int $offset = 0, ?int $length = null, ?string $ifMatch = null, \
     ?string $ifNoneMatch = null, ?callable $progress = null, array $options = [])",
    "writeStream(string $pathname, $stream, ?string $visibility = null, ?string $contentType = null, \
     ?string $cacheControl = null, ?string $contentDisposition = null, array $metadata = [], \
     ?string $storageClass = null, ?string $ifMatch = null, ?string $ifNoneMatch = null, \
     ?int $partSize = null, ?int $concurrency = null, ?callable $progress = null, array $options = []): \
     S3Storage\\ObjectInfo",
    "openResponse(string $pathname, ?string $range = null, ?string $ifNoneMatch = null, ?string $ifRange = null, \
     array $options = []): S3Storage\\ObjectResponse",
    "sendFile(string $pathname, string $disposition = 'attachment', ?string $filename = null, array $options = []): int",
    "exists(string $pathname): bool",
    "delete(string $pathname, ?string $ifMatch = null, array $options = []): void",
    "readMany(iterable $pathnames, int $concurrency = 32, int $maxBuffered = 67108864): iterable",
    "writeMany(iterable $contents, ?string $visibility = null, ?string $contentType = null, \
     ?string $cacheControl = null, ?string $contentDisposition = null, array $metadata = [], \
     ?string $storageClass = null, ?string $ifNoneMatch = null, int $concurrency = 32, bool $throw = true, \
     array $options = []): S3Storage\\BatchResult",
    "existsMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): S3Storage\\BatchResult",
    "getMetadataMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): S3Storage\\BatchResult",
    "copyMany(iterable $pathnames, ?string $destinationBucket = null, ?string $visibility = null, \
     int $concurrency = 32, bool $throw = true): S3Storage\\BatchResult",
    "deleteMany(iterable $pathnames, bool $throw = true): S3Storage\\BatchResult",
    "deletePrefix(string $prefix, bool $all = false): int",
    "copy(string $source, string $destination, ?string $destinationBucket = null, ?string $visibility = null, \
     array $options = []): S3Storage\\ObjectInfo",
    "move(string $source, string $destination, ?string $destinationBucket = null, ?string $visibility = null, \
     array $options = []): S3Storage\\ObjectInfo",
    "getMetadata(string $pathname, bool $visibility = false, array $options = []): S3Storage\\ObjectInfo",
    "updateMetadata(string $pathname, ?string $contentType = null, ?string $cacheControl = null, \
     ?string $contentDisposition = null, ?array $metadata = null, ?string $storageClass = null, \
     array $options = []): S3Storage\\ObjectInfo",
    "getVisibility(string $pathname): string",
    "setVisibility(string $pathname, string $visibility): void",
    "getTags(string $pathname): array",
    "setTags(string $pathname, array $tags): void",
    "getObjectLock(string $pathname): S3Storage\\ObjectLock",
    "setRetention(string $pathname, DateTimeInterface|int $retainUntil, string $mode = 'GOVERNANCE', \
     bool $bypassGovernance = false): void",
    "setLegalHold(string $pathname, bool $on): void",
    "getPublicUrl(string $pathname, DateTimeInterface|int $expiresIn = 0): string",
    "presignGet(string $pathname, DateTimeInterface|int $expiresIn = 3600, ?string $contentType = null, \
     ?string $contentDisposition = null, array $options = []): S3Storage\\PresignedUrl",
    "presignPut(string $pathname, DateTimeInterface|int $expiresIn = 3600, ?string $contentType = null, \
     ?string $visibility = null, array $options = []): S3Storage\\PresignedUrl",
    "presignPost(string $pathname, DateTimeInterface|int $expiresIn = 3600, ?int $minSize = null, ?int $maxSize = null, \
     ?string $contentType = null, ?string $contentTypePrefix = null, ?string $visibility = null, array $metadata = [], \
     array $options = []): S3Storage\\PresignedPost",
    "list(string $prefix = '', bool $recursive = true, ?int $limit = null, ?string $startAfter = null): iterable",
    "listPage(string $prefix = '', bool $recursive = true, ?int $limit = null, ?string $startAfter = null, \
     ?string $continuationToken = null): S3Storage\\ListPage",
    "listVersions(string $prefix = '', ?int $limit = null): iterable",
    "readAsync(string $pathname, int $offset = 0, ?int $length = null, ?string $ifMatch = null, \
     ?string $ifNoneMatch = null, array $options = []): S3Storage\\Future",
    "writeAsync(string $pathname, string $content, ?string $visibility = null, ?string $contentType = null, \
     ?string $cacheControl = null, ?string $contentDisposition = null, array $metadata = [], \
     ?string $storageClass = null, ?string $ifMatch = null, ?string $ifNoneMatch = null, ?int $partSize = null, \
     ?int $concurrency = null, array $options = []): S3Storage\\Future",
    "existsAsync(string $pathname): S3Storage\\Future",
    "deleteAsync(string $pathname, ?string $ifMatch = null, array $options = []): S3Storage\\Future",
    "getMetadataAsync(string $pathname, bool $visibility = false, array $options = []): S3Storage\\Future",
    "copyAsync(string $source, string $destination, ?string $destinationBucket = null, ?string $visibility = null, \
     array $options = []): S3Storage\\Future",
];
