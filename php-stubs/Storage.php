<?php

declare(strict_types=1);

namespace S3Storage;

use DateTimeInterface;

/**
 * The operations on an S3-compatible bucket.
 *
 * Type-hint, decorate and mock this interface; `S3Storage` implements it. A handle has one bucket selected: its
 * operations go there. {@see self::bucket()} gives a handle on another one.
 *
 * Words: a bucket alias is the name in the configuration; a pathname is the name of an object as PHP passes it; its key
 * on the server is the bucket's `prefix` followed by the pathname. Pathnames are UTF-8 and, together with the prefix,
 * 1 to 1024 bytes long. A NUL byte and the segments `.` and `..` are refused; everything else is kept byte for byte.
 *
 * Units: sizes, offsets and lengths in bytes; times in seconds, points in time in Unix seconds.
 *
 * Requests: the number told for an operation is that without retries. A request is sent up to `max_attempts` times
 * (default 3) if its failure may be temporary. No operation asks anything beforehand.
 *
 * Errors: all are `S3Storage\Exception\S3Exception`. An operation that sends requests may throw, besides those that it
 * names:
 * - `BucketNotFoundException`: the bucket is missing on the server, or the handle has none selected
 * - `PermissionDeniedException`: the credentials are missing, wrong, or not allowed to do this
 * - `ThrottledException`: the server still asked to slow down after the last attempt
 * - `TimeoutException`: `read_timeout` or `operation_timeout` passed
 * - `ConnectionFailedException`: no connection could be made, or it broke
 * - `InvalidConfigException`: neither the configuration nor the AWS profile tells a region
 * - `OperationFailedException`: any other failure; also the parent class of most of these
 *
 * Arguments of a wrong PHP type are PHP's own `TypeError`, `ArgumentCountError` and `Error`.
 */
interface Storage
{
    /**
     * A handle with another bucket selected.
     *
     * The new handle shares the registry with this one: a bucket that is registered on either is known to both.
     *
     * ```php
     * $documents = $s3->bucket('documents');
     * $documents->write('2026/report.pdf', $pdf);
     * ```
     *
     * Requests: none.
     * Idempotent: yes.
     *
     * @param string $alias Alias of a bucket.
     *
     * @throws Exception\BucketNotFoundException The alias is not registered; the message names the known ones.
     */
    public function bucket(string $alias): Storage;

    /**
     * Registers a bucket on a server of the configuration.
     *
     * It is known to every handle that shares this one's registry, for as long as any of them lives. The values mean
     * what the keys of `buckets` mean in the configuration; whether the bucket exists on the server is not asked.
     *
     * ```php
     * $s3->registerBucket('tenant-7', server: 'minio', bucket: 'tenants', prefix: 'tenant-7/');
     * $s3->bucket('tenant-7')->write('logo.png', $png);
     * ```
     *
     * Requests: none.
     * Idempotent: no. The second registration of an alias fails.
     *
     * @param string      $name                    Alias; must not be empty.
     * @param string      $server                  Name of a server of the configuration.
     * @param string      $bucket                  Name of the bucket on the server.
     * @param string      $prefix                  What every key begins with; a missing final `/` is added.
     * @param string      $visibility              `public` or `private`: of objects that are written without one.
     * @param string|null $url                     Base of permanent URLs, such as a CDN in front of the bucket.
     * @param string      $acl                     When object ACLs are sent: `auto`, `on` or `off`; see
     *                                             {@see \S3Storage::__construct()}.
     * @param int|null    $maxConcurrentOperations How many operations run at a time in a process, 1 to 10000.
     *                                             Default 100.
     * @param int|null    $partSize                Bytes of a part of an upload, 5 MiB (the default) to 5 GiB.
     * @param int|null    $concurrency             Parts of one upload that are sent at once, 1 to 100. Default 5.
     *
     * @throws Exception\BucketAlreadyExistsException The alias is registered already.
     * @throws Exception\InvalidConfigException       The server is not configured, or a value is wrong.
     */
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
    ): void;

    /**
     * The registered bucket aliases, and the one that a new handle has selected.
     *
     * These are the aliases of the configuration and of {@see self::registerBucket()}, not the buckets of the server.
     *
     * Shape: `buckets` in the order of registration; `default` is null when several buckets are configured and none of
     * them is named as the default.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     *
     * @return array{buckets: list<string>, default: string|null}
     */
    public function listBuckets(): array;

    /**
     * Whether the selected bucket answers, with the credentials of its server.
     *
     * Meant for health checks. S3 allows the request to those who may list the bucket; credentials that may only read
     * or write objects can get false for a bucket that works.
     *
     * Source: HeadBucket.
     * Requests: one.
     * Idempotent: yes.
     * Errors: those of a request answer false.
     *
     * @throws Exception\BucketNotFoundException The handle has no bucket selected.
     */
    public function isHealthy(): bool;

    /**
     * What the operations of each registered bucket did so far in this process.
     *
     * All handles of a process count together where alias and configuration are the same. An operation that sends no
     * request, such as making a URL, does not count.
     *
     * ```php
     * ['done' => $done, 'failed' => $failed] = $s3->stats()['uploads'];
     * ```
     *
     * Shape: for each alias (PHP makes an int of one such as `'7'`), in the order of registration: `running` and
     * `waiting` operations now; `done` and `failed` ones since the process began, where "no such object", "not
     * modified" and "the condition does not hold" are done, and one method may be several operations; `bytes_in` of
     * contents received, `bytes_out` of contents written; `retries`, requests that were sent again.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     *
     * @return array<string|int, array{
     *     running: int,
     *     waiting: int,
     *     done: int,
     *     failed: int,
     *     bytes_in: int,
     *     bytes_out: int,
     *     retries: int,
     * }>
     */
    public function stats(): array;

    /**
     * Writes an object, or replaces it.
     *
     * All or nothing: a reader gets the old content or the new one. A content larger than `partSize` is sent as a
     * multipart upload, `concurrency` parts at once; its ETag is not the MD5 of the content then.
     *
     * ```php
     * $info = $s3->write('images/photo.jpg', $bytes, visibility: 'public', cacheControl: 'max-age=86400');
     *
     * // Only if nobody wrote it before:
     * $s3->write('lock', '', ifNoneMatch: '*');
     *
     * // Only if nobody changed it since it was read:
     * $object = $s3->readObject('counter');
     * $s3->write('counter', (string) ($object->content + 1), ifMatch: $object->info->etag);
     * ```
     *
     * Values that become headers are ASCII text without control characters and without white space at either end.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart and CompleteMultipartUpload.
     * Requests: one; for a content larger than `partSize` two, and one for each part. On a server of provider
     * `generic`, the first public write sends one more (GetObjectAcl) to see that the server honours the visibility.
     * Idempotent: yes, without `ifMatch` and `ifNoneMatch`. With them, a repetition of the call fails where the first
     * succeeded. The library's own retry does not: where the answer to a conditional write is lost, one more request
     * (HeadObject) decides whether the object that is there is this one, by size, MD5, type and metadata. So the
     * content of a lock has to name its owner. Under encryption with KMS the ETag is no MD5, and a
     * PreconditionFailedException can mean that the object was written.
     *
     * @param string                $pathname           Name of the object.
     * @param string                $content            The bytes; may be empty.
     * @param string|null           $visibility         `public` or `private`; null leaves it to the bucket.
     * @param string|null           $contentType        MIME type; null guesses it from the pathname's extension, else
     *                                                  `application/octet-stream`.
     * @param string|null           $cacheControl       The `Cache-Control` that downloads answer with.
     * @param string|null           $contentDisposition The `Content-Disposition` that downloads answer with.
     * @param array<string, string|int> $metadata User metadata. Names are letters, digits and the other
     *                                                  characters of a header name; case does not count.
     * @param string|null           $storageClass       A storage class of the server, such as `STANDARD_IA`.
     * @param string|null           $ifMatch            Write only if the object has this ETag.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null leaves it to the bucket.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null leaves it to the
     *                                                  bucket. Never more than `max_concurrent_operations`.
     * @param array{
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     * } $options The `Content-Encoding` and `Content-Language` that downloads answer with, and the object's tags.
     *
     * @return ObjectInfo What was sent and answered: pathname, size, mimeType, etag, storageClass, versionId, metadata,
     *                    and visibility if one was sent. lastModified is null.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidVisibilityException  The visibility is neither `public` nor `private`.
     * @throws Exception\InvalidArgumentException    A value cannot be a header, `ifNoneMatch` is not `*`, or a key of
     *                                               `$options` is unknown; nothing was sent.
     * @throws Exception\PreconditionFailedException The condition did not hold.
     * @throws Exception\FileNotFoundException       With `ifMatch`: there is no object.
     * @throws Exception\QuotaExceededException      The object is too large, or the bucket is full.
     * @throws Exception\UnsupportedException        The server cannot make single objects public, or the bucket's `acl`
     *                                               is `off` and its visibility another one.
     * @throws Exception\ChecksumMismatchException   The server received other bytes than were sent.
     * @throws Exception\S3Exception                 Those of every request.
     */
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
    ): ObjectInfo;

    /**
     * Writes a file of this machine to an object, or replaces it.
     *
     * As {@see self::write()}, but the bytes are read from disk while they are sent: memory does not grow with the file
     * or its parts. The file must not change meanwhile: if its size or its time of change differ in the end, the call
     * fails and nothing is written.
     *
     * ```php
     * $s3->uploadFile('videos/talk.mp4', '/srv/talk.mp4', progress: function (int $done, ?int $total): bool {
     *     printf("%d of %d bytes\r", $done, $total);
     *     return !connection_aborted();       // false ends the upload
     * });
     * ```
     *
     * With `resume: true` a failure leaves the parts on the server, and so does a killed process. The next call with
     * `resume: true` looks for uploads of the same pathname, and goes on with the newest one whose every part is a part
     * of this file, by number, size and MD5; nothing else is touched. Parts stay until an upload is completed or
     * aborted: {@see self::abortUploads()}, or a lifecycle rule of the bucket. Two processes that resume the same
     * upload send the same bytes; one of them completes it, and the other finds the object there.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart and CompleteMultipartUpload; ListMultipartUploads,
     * ListParts.
     * Requests: one for a file of at most `partSize`; else two, and one for each part. With `resume`, for a larger
     * file, one more, one for each upload of the pathname that is found (and each 1,000 parts of it), and one for an
     * object whose upload was resumed (HeadObject), since type, metadata and the like are those that it was begun with.
     * Idempotent: as a write.
     *
     * @param string                $pathname           Name of the object.
     * @param string                $file               Path of a regular file, for which `open_basedir` holds. A pipe
     *                                                  has no known end: open it and use `writeStream`.
     * @param string|null           $visibility         `public` or `private`; null leaves it to the bucket.
     * @param string|null           $contentType        MIME type; null guesses it from the pathname's extension, then
     *                                                  from the file's, else `application/octet-stream`.
     * @param string|null           $cacheControl       The `Cache-Control` that downloads answer with.
     * @param string|null           $contentDisposition The `Content-Disposition` that downloads answer with.
     * @param array<string, string|int> $metadata User metadata, as for {@see self::write()}.
     * @param string|null           $storageClass       A storage class of the server, such as `STANDARD_IA`.
     * @param string|null           $ifMatch            Write only if the object has this ETag.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null leaves it to the bucket.
     *                                                  It grows where a file would need more than 10,000 parts.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null leaves it to the
     *                                                  bucket. Never more than `max_concurrent_operations`.
     * @param callable|null         $progress           `fn(int $done, ?int $total)`: bytes that the server has taken,
     *                                                  and the size of the file. Called when `$done` has grown, every
     *                                                  20 ms at most, and with the final count. Returning false ends
     *                                                  the call; the answer to the final count changes nothing. It may
     *                                                  use the storage.
     * @param bool                  $resume             Whether to go on with an earlier call that failed, and to leave
     *                                                  what was sent for a later one. With `tags`, which cannot be
     *                                                  compared, the upload begins anew.
     * @param array{
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     * } $options As for {@see self::write()}.
     *
     * @return ObjectInfo As for {@see self::write()}.
     *
     * @throws Exception\InvalidArgumentException    There is no such regular file, or it cannot be opened; and as for
     *                                               {@see self::write()}.
     * @throws Exception\CancelledException          `$progress` returned false.
     * @throws Exception\OperationFailedException    The file changed, or could not be read; or an upload was resumed
     *                                               that had been begun with another type, metadata or the like: the
     *                                               object is written with these.
     * @throws Exception\S3Exception                 Those of {@see self::write()}.
     */
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
    ): ObjectInfo;

    /**
     * Writes an object to a file of this machine, or replaces it.
     *
     * All or nothing: the bytes are received into a file beside the destination, which is renamed to it when it is
     * whole. After a failure the destination is what it was before. A larger object is received in ranges,
     * `concurrency` at once, each of which must be of the same object (`If-Match`). Memory does not grow with it.
     *
     * ```php
     * $s3->downloadFile('videos/talk.mp4', '/srv/talk.mp4', resume: true);
     * ```
     *
     * A new file gets the permissions that `fopen()` would give it, an existing one keeps its own.
     *
     * With `resume: true` a failure leaves what was received in `.talk.mp4.s3storage-part` and a journal beside it, and
     * so does a killed process. The next call with `resume: true` receives what is missing, if the object still has the
     * same ETag and size; else it begins anew. Two of these to the same file at once: the second one fails.
     *
     * Source: GetObject, with ranges; HeadObject.
     * Requests: one for each `partSize` bytes, at least one, and two for an empty object; on AWS one more for the
     * checksum of the whole.
     * Idempotent: yes.
     *
     * @param string        $pathname    Name of the object.
     * @param string        $file        Path of the file, for which `open_basedir` holds. Its folder must exist. A link
     *                                   is followed; a directory or a device is refused.
     * @param string|null   $ifMatch     Only if the object has this ETag.
     * @param string|null   $ifNoneMatch Only if the object has another ETag than this.
     * @param int|null      $partSize    Bytes of a range, 5 MiB to 5 GiB; null leaves it to the bucket.
     * @param int|null      $concurrency Ranges that are received at once, 1 to 100; null leaves it to the bucket. Never
     *                                   more than `max_concurrent_operations`.
     * @param callable|null $progress    `fn(int $done, ?int $total)`: bytes that were written, and the size of the
     *                                   object. As for {@see self::uploadFile()}.
     * @param bool          $resume      Whether to go on with an earlier call that failed, and to leave what was
     *                                   received for a later one.
     * @param array{
     *     versionId?: string|null,
     * } $options A version of the object.
     *
     * @return ObjectInfo What the server told of the object.
     *
     * @throws Exception\FileNotFoundException       There is no such object.
     * @throws Exception\NotModifiedException        With `ifNoneMatch`: the object has this ETag. The file stays.
     * @throws Exception\PreconditionFailedException With `ifMatch`: the object has another ETag.
     * @throws Exception\InvalidArgumentException    The path is no file or its folder takes none, a value cannot be a
     *                                               header, or a key of `$options` is unknown; nothing was sent.
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\CancelledException          `$progress` returned false.
     * @throws Exception\ChecksumMismatchException   The bytes are not those that the server vouches for.
     * @throws Exception\UnsupportedException        An object larger than `partSize` has no strong ETag.
     * @throws Exception\OperationFailedException    The file cannot be written (a full disk, say), the object was
     *                                               replaced meanwhile, or another download to the file is under way.
     * @throws Exception\S3Exception                 Those of every request.
     */
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
    ): ObjectInfo;

    /**
     * Multipart uploads that were begun and never ended, in the order of the server.
     *
     * They are what killed processes leave behind, and what is under way just now. Their parts cost storage.
     *
     * ```php
     * foreach ($s3->listUploads('videos/') as $upload) {
     *     echo $upload->pathname, ' since ', date(DATE_ATOM, $upload->initiated), "\n";
     * }
     * ```
     *
     * Source: ListMultipartUploads.
     * Requests: one for each 1,000 uploads.
     * Idempotent: yes.
     *
     * @param string $prefix What pathnames begin with.
     *
     * @return iterable<int, Upload> A list.
     *
     * @throws Exception\UnsupportedException MinIO lists uploads by a whole key only.
     * @throws Exception\S3Exception          Those of every request.
     */
    public function listUploads(string $prefix = ''): iterable;

    /**
     * Aborts multipart uploads that were begun before a moment, and answers how many there were.
     *
     * ```php
     * $s3->abortUploads(86_400);                                  // older than a day
     * $s3->abortUploads(new DateTimeImmutable('-1 week'), 'videos/');
     * ```
     *
     * An upload that is under way elsewhere fails by it, so leave the living enough time.
     *
     * Source: ListMultipartUploads, AbortMultipartUpload.
     * Requests: one for each 1,000 uploads, and one for each that is aborted.
     * Idempotent: yes.
     *
     * @param DateTimeInterface|int $olderThan An age in seconds, 0 or more, by this machine's clock; or the moment.
     * @param string                $prefix    What pathnames begin with.
     *
     * @return int Uploads aborted.
     *
     * @throws Exception\BatchFailedException     Some could not be aborted; its result names them.
     * @throws Exception\InvalidArgumentException The age is negative.
     * @throws Exception\UnsupportedException     MinIO lists uploads by a whole key only.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function abortUploads(DateTimeInterface|int $olderThan, string $prefix = ''): int;

    /**
     * The content of an object, or a part of it.
     *
     * ```php
     * $bytes = $s3->read('images/photo.jpg');
     * $head = $s3->read('logs/today.log', length: 4096);
     * $rest = $s3->read('logs/today.log', offset: 4096);
     * ```
     *
     * A part that reaches over the end is cut there. The first bytes of an empty object are the empty string.
     *
     * Source: GetObject.
     * Requests: one; two for the first bytes (`offset` 0 with a `length`) of an empty object.
     * Idempotent: yes.
     *
     * @param string                     $pathname    Name of the object.
     * @param int                        $offset      The first byte, counted from 0.
     * @param int|null                   $length      At most so many bytes, 1 or more; null reads to the end.
     * @param string|null                $ifMatch     Read only if the object has this ETag.
     * @param string|null                $ifNoneMatch Read only if the object has another ETag.
     * @param array{versionId?: string|null} $options `versionId`: a version of the object in a versioned bucket.
     *
     * @return string The bytes, as they are stored.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A negative offset, a length under 1, a value that cannot be a
     *                                               header, or an unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object, or no such version.
     * @throws Exception\PreconditionFailedException The ETag is not that of `ifMatch`.
     * @throws Exception\NotModifiedException        The ETag is that of `ifNoneMatch`.
     * @throws Exception\ChecksumMismatchException   The bytes are not those that the server vouched for.
     * @throws Exception\OperationFailedException    The offset is at or behind the end of the object.
     * @throws Exception\S3Exception                 Those of every request.
     */
    public function read(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        array $options = [],
    ): string;

    /**
     * The content of an object, or a part of it, and what the same response says of the object.
     *
     * Content and info belong together: no write can come between them. `info->size` is the size of the whole object,
     * also where only a part was read.
     *
     * ```php
     * try {
     *     $object = $s3->readObject('settings.json', ifNoneMatch: $cached->info->etag);
     * } catch (S3Storage\Exception\NotModifiedException) {
     *     $object = $cached;
     * }
     * ```
     *
     * Source: GetObject.
     * Requests: one; two for the first bytes (`offset` 0 with a `length`) of an empty object.
     * Idempotent: yes.
     *
     * @param string                     $pathname    Name of the object.
     * @param int                        $offset      The first byte, counted from 0.
     * @param int|null                   $length      At most so many bytes, 1 or more; null reads to the end.
     * @param string|null                $ifMatch     Read only if the object has this ETag.
     * @param string|null                $ifNoneMatch Read only if the object has another ETag.
     * @param array{versionId?: string|null} $options `versionId`: a version of the object in a versioned bucket.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A negative offset, a length under 1, a value that cannot be a
     *                                               header, or an unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object, or no such version.
     * @throws Exception\PreconditionFailedException The ETag is not that of `ifMatch`.
     * @throws Exception\NotModifiedException        The ETag is that of `ifNoneMatch`.
     * @throws Exception\ChecksumMismatchException   The bytes are not those that the server vouched for.
     * @throws Exception\OperationFailedException    The offset is at or behind the end of the object.
     * @throws Exception\S3Exception                 Those of every request.
     */
    public function readObject(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        array $options = [],
    ): ObjectContent;

    /**
     * Whether there is an object of this name.
     *
     * A directory is not an object: ask `list($directory . '/', limit: 1)` for one. Without the permission to list the
     * bucket, S3 answers a missing object with 403, which throws PermissionDeniedException.
     *
     * Source: HeadObject.
     * Requests: one; two when there is no such object and the bucket has not answered before (HeadBucket, to tell a
     * missing object from a missing bucket).
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\S3Exception              Those of every request; BucketNotFoundException for a missing bucket.
     */
    public function exists(string $pathname): bool;

    /**
     * Deletes an object. That there is none is no error.
     *
     * In a versioned bucket the older versions stay.
     *
     * Source: DeleteObject.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\S3Exception              Those of every request; BucketNotFoundException for a missing bucket.
     */
    public function delete(string $pathname): void;

    /**
     * Deletes objects. Those that do not exist are no errors.
     *
     * ```php
     * $s3->deleteMany(['a.txt', 'b.txt']);
     *
     * $result = $s3->deleteMany($expired, throw: false);          // any iterable, such as a generator
     * echo count($result->succeeded), ' deleted, ', count($result->failed), " left\n";
     * ```
     *
     * Every pathname is in one of the two lists of the result: a pathname that breaks a rule fails
     * alone; a request that fails as a whole fails the objects in it, and the next one is sent; what the answer of the
     * server does not mention counts as failed. Pathnames are pulled 1000 at a time, while nothing is under way. If the
     * iterable or a signal handler throws, that exception goes on to the caller with a
     * {@see Exception\BatchFailedException} as its last previous one, whose result tells what was done until then;
     * the pathnames of the request that was under way, which may be deleted, and those that were pulled but not sent
     * are in neither list.
     *
     * Source: DeleteObjects.
     * Requests: one for each 1000 pathnames; one more for each pathname that XML does not carry safely (control
     * characters, white space at an end).
     * Idempotent: yes.
     *
     * @param iterable<string|int> $pathnames Pathnames; ints are taken, as PHP makes them of array keys like `'2026'`.
     * @param bool                 $throw     Whether a failure throws. If not, look at `->failed`.
     *
     * @throws Exception\BatchFailedException    An object failed, and `throw` is true.
     * @throws Exception\BucketNotFoundException The handle has no bucket selected.
     * @throws \TypeError                        A value of the iterable is neither a string nor an int.
     */
    public function deleteMany(iterable $pathnames, bool $throw = true): BatchResult;

    /**
     * Deletes every object whose pathname begins with a prefix, and answers how many there were.
     *
     * ```php
     * $deleted = $s3->deletePrefix('2025/');
     * $s3->bucket('tenant-7')->deletePrefix('', all: true);       // everything under the bucket's own prefix
     * ```
     *
     * The bucket's own `prefix` always holds. A listing is walked page by page, so memory does not grow with the number
     * of objects. Objects that are written meanwhile may stay. Failures do not stop the walk until there are 1000 of
     * them; then, or at the end, they are thrown. The result of that exception has the failures in `->failed`, and an
     * empty `->succeeded`: its message tells the number. A failed listing throws its own exception; the same call goes
     * on where it stopped.
     *
     * Source: ListObjectsV2, DeleteObjects.
     * Requests: two for each 1000 objects; one more for each pathname that XML does not carry safely.
     * Idempotent: yes.
     *
     * @param string $prefix What pathnames begin with; a plain start of text, so end it with `/` to mean a directory.
     * @param bool   $all    Whether an empty prefix is meant. Without it an empty prefix is refused.
     *
     * @return int Objects deleted.
     *
     * @throws Exception\InvalidArgumentException The prefix is empty and `all` is false; nothing is sent.
     * @throws Exception\InvalidPathnameException The prefix breaks a rule; nothing is sent.
     * @throws Exception\BatchFailedException     Objects could not be deleted.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function deletePrefix(string $prefix, bool $all = false): int;

    /**
     * Copies an object, also to another bucket or server, and replaces what is there.
     *
     * MIME type, metadata and the other headers go along, within a server the tags too. Visibility and storage class do
     * not: the copy has the given visibility, or that of its bucket. Within a server the bytes do not pass through this
     * process; between two servers they stream through it, without being held in memory. Onto itself, nothing changes
     * but a visibility that is given.
     *
     * ```php
     * $s3->copy('draft.md', 'published.md', visibility: 'public');
     * $s3->copy('report.pdf', '2026/report.pdf', destinationBucket: 'documents');
     * ```
     *
     * Source: CopyObject; GetObject and what write() uses between servers; HeadObject (and PutObjectAcl) onto itself.
     * Requests: one within a server and onto itself; between servers one, and those of {@see self::write()}; one more
     * (GetObjectAcl) for the first public write to a server of provider `generic`, and for a visibility onto itself.
     * Idempotent: yes.
     *
     * @param string      $source            Name of the object, in the selected bucket.
     * @param string      $destination       Name of the copy.
     * @param string|null $destinationBucket Alias of the copy's bucket; null is the selected one.
     * @param string|null $visibility        `public` or `private`; null leaves it to the destination's bucket.
     *
     * @return ObjectInfo Of the copy, as far as the response tells: etag and lastModified; size is null.
     *
     * @throws Exception\InvalidPathnameException   A pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\FileNotFoundException      There is no such object.
     * @throws Exception\BucketNotFoundException    The alias is not registered, or a bucket is missing on its server.
     * @throws Exception\QuotaExceededException     The object is too large, or the bucket is full.
     * @throws Exception\UnsupportedException       The visibility cannot be set; see {@see self::write()}.
     * @throws Exception\S3Exception                Those of every request.
     */
    public function copy(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
    ): ObjectInfo;

    /**
     * Moves an object, also to another bucket or server, and replaces what is there.
     *
     * A copy, and then a delete of the source; S3 has no rename. If the delete fails, both exist and the message says
     * so. Onto itself, nothing changes but a visibility that is given.
     *
     * Source: as {@see self::copy()}, then DeleteObject.
     * Requests: one more than the copy; none more onto itself.
     * Idempotent: no. A repetition finds no source.
     *
     * @param string      $source            Name of the object, in the selected bucket.
     * @param string      $destination       New name.
     * @param string|null $destinationBucket Alias of the new bucket; null is the selected one.
     * @param string|null $visibility        `public` or `private`; null leaves it to the destination's bucket.
     *
     * @return ObjectInfo As of {@see self::copy()}.
     *
     * @throws Exception\InvalidPathnameException   A pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\FileNotFoundException      There is no such object.
     * @throws Exception\BucketNotFoundException    The alias is not registered, or a bucket is missing on its server.
     * @throws Exception\QuotaExceededException     The object is too large, or the bucket is full.
     * @throws Exception\UnsupportedException       The visibility cannot be set; see {@see self::write()}.
     * @throws Exception\S3Exception                Those of every request.
     */
    public function move(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
    ): ObjectInfo;

    /**
     * What the server knows of an object, without its content.
     *
     * Size, last change, MIME type, ETag, storage class, version and user metadata. Visibility costs a request and a
     * permission of its own, so it is null unless it is asked for.
     *
     * Source: HeadObject; GetObjectAcl for the visibility.
     * Requests: one; one more for the visibility, as of {@see self::getVisibility()}. Two when there is no such object
     * and the bucket has not answered before, as of {@see self::exists()}.
     * Idempotent: yes.
     *
     * @param string $pathname   Name of the object.
     * @param bool   $visibility Whether the visibility is asked for too.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function getMetadata(string $pathname, bool $visibility = false): ObjectInfo;

    /**
     * Who may read an object: everyone (`public`), or those with a permission (`private`).
     *
     * Told by the object's ACL; bucket policies are not looked at. Where the server has no object ACLs (providers
     * `minio`, `r2`, `b2`, `garage`) or the bucket's `acl` is `off`, the answer is the bucket's configured visibility,
     * and whether the object exists is not asked.
     *
     * Source: GetObjectAcl.
     * Requests: one; none where the server has no object ACLs or the bucket's `acl` is `off`.
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     *
     * @return 'public'|'private'
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function getVisibility(string $pathname): string;

    /**
     * Sets who may read an object.
     *
     * Source: PutObjectAcl.
     * Requests: one; on a server of provider `generic` one more (GetObjectAcl) for the first public one; none where the
     * bucket's `acl` is `off` and the visibility is the bucket's own.
     * Idempotent: yes.
     *
     * @param string $pathname   Name of the object.
     * @param string $visibility `public` or `private`.
     *
     * @throws Exception\InvalidPathnameException   The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\FileNotFoundException      There is no such object.
     * @throws Exception\UnsupportedException       The visibility cannot be set; see {@see self::write()}.
     * @throws Exception\S3Exception                Those of every request.
     */
    public function setVisibility(string $pathname, string $visibility): void;

    /**
     * The URL of an object: the permanent one, or one that ends and needs no permission.
     *
     * The permanent URL begins with the bucket's `url`, else with the `public_endpoint` or `endpoint` of the server and
     * the bucket's name. It works for objects that are public. With `expiresIn`, it is the URL of
     * {@see self::presignGet()} and works for every object that the credentials may read.
     *
     * ```php
     * $s3->getPublicUrl('images/photo.jpg');                              // https://cdn.example.com/images/photo.jpg
     * $s3->getPublicUrl('invoices/7.pdf', 900);                           // for 15 minutes
     * $s3->getPublicUrl('invoices/7.pdf', new DateTimeImmutable('+1 day'));
     * ```
     *
     * Neither whether the object exists nor whether it is public is asked.
     *
     * Units: seconds.
     * Source: the addressing rules of S3; AWS Signature Version 4 in the query.
     * Requests: none to the server. Signing may ask the AWS credential chain, where no credentials are configured.
     * Idempotent: yes.
     *
     * @param string                $pathname  Name of the object.
     * @param DateTimeInterface|int $expiresIn 0: the permanent URL. Else its life in seconds or the time of its end, 1
     *                                         second to 7 days from now.
     *
     * @throws Exception\InvalidPathnameException  The pathname breaks a rule.
     * @throws Exception\InvalidArgumentException  The life is not within 1 second to 7 days.
     * @throws Exception\PermissionDeniedException There are no credentials to sign with.
     * @throws Exception\BucketNotFoundException   The handle has no bucket selected.
     * @throws Exception\InvalidConfigException    The server has no region or no address for the bucket.
     */
    public function getPublicUrl(string $pathname, DateTimeInterface|int $expiresIn = 0): string;

    /**
     * A URL that lets its holder download an object, for a while and without credentials.
     *
     * ```php
     * $download = $s3->presignGet('invoices/7.pdf', 900, contentDisposition: 'attachment; filename="invoice.pdf"');
     * header('Location: ' . $download->url);
     * ```
     *
     * Whether the object exists is not asked. A URL that is signed with temporary credentials ends with them at the
     * latest.
     *
     * Units: seconds.
     * Source: GetObject, with AWS Signature Version 4 in the query.
     * Requests: none to the server. Signing may ask the AWS credential chain, where no credentials are configured.
     * Idempotent: yes.
     *
     * @param string                    $pathname           Name of the object.
     * @param DateTimeInterface|int     $expiresIn          Its life in seconds or the time of its end, 1 second to 7
     *                                                      days from now.
     * @param string|null               $contentType        The `Content-Type` that the download shall answer with.
     * @param string|null               $contentDisposition The `Content-Disposition` that it shall answer with.
     * @param array{versionId?: string|null} $options       `versionId`: a version of the object.
     *
     * @throws Exception\InvalidPathnameException  The pathname breaks a rule.
     * @throws Exception\InvalidArgumentException  The life is not within 1 second to 7 days, a value cannot be a
     *                                             header, or a key of `$options` is unknown.
     * @throws Exception\PermissionDeniedException There are no credentials to sign with.
     * @throws Exception\BucketNotFoundException   The handle has no bucket selected.
     * @throws Exception\InvalidConfigException    The server has no region or no address for the bucket.
     */
    public function presignGet(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $contentDisposition = null,
        array $options = [],
    ): PresignedUrl;

    /**
     * A URL that lets its holder upload an object, for a while and without credentials.
     *
     * The upload is a PUT of the content to the URL. Every header of `->headers` is part of the signature and must be
     * sent as it stands, or the server refuses the upload.
     *
     * ```php
     * $upload = $s3->presignPut('avatars/7.png', 300, contentType: 'image/png');
     * echo json_encode(['url' => $upload->url, 'method' => $upload->method, 'headers' => $upload->headers]);
     * ```
     *
     * An object that exists is replaced. The size of the upload is not limited.
     *
     * Units: seconds.
     * Source: PutObject, with AWS Signature Version 4 in the query.
     * Requests: none to the server. Signing may ask the AWS credential chain, where no credentials are configured.
     * Idempotent: yes.
     *
     * @param string                $pathname    Name of the object.
     * @param DateTimeInterface|int $expiresIn   Its life in seconds or the time of its end, 1 second to 7 days from
     *                                           now.
     * @param string|null           $contentType The `Content-Type` that the uploader must send.
     * @param string|null           $visibility  `public` or `private`; null leaves it to the bucket.
     *
     * @throws Exception\InvalidPathnameException   The pathname breaks a rule.
     * @throws Exception\InvalidArgumentException   The life is not within 1 second to 7 days, or the MIME type cannot
     *                                              be a header.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\UnsupportedException       The server cannot make single objects public, or the bucket's `acl`
     *                                              is `off` and its visibility another one.
     * @throws Exception\PermissionDeniedException  There are no credentials to sign with.
     * @throws Exception\BucketNotFoundException    The handle has no bucket selected.
     * @throws Exception\InvalidConfigException     The server has no region or no address for the bucket.
     */
    public function presignPut(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $visibility = null,
    ): PresignedUrl;

    /**
     * The objects whose pathnames begin with a prefix, one by one.
     *
     * Lazy: a page of up to 1000 entries is asked for when the one before it is used up, so a bucket of any size can be
     * walked in little memory. A listing is complete or throws: a failure throws out of the loop.
     *
     * ```php
     * foreach ($s3->list('2026/') as $object) {
     *     echo $object->pathname, ' ', $object->size, "\n";
     * }
     *
     * foreach ($s3->list('2026/', recursive: false) as $entry) {
     *     echo $entry->isDirectory ? 'directory ' : 'object ', $entry->pathname, "\n";
     * }
     * ```
     *
     * Shape: ObjectInfo with pathname, size, lastModified, etag and storageClass; what a listing does not tell is null.
     * S3 lists in the order of the UTF-8 bytes of the names.
     *
     * Source: ListObjectsV2.
     * Requests: one for each page; none before the loop begins. A second loop asks anew.
     * Idempotent: yes.
     *
     * @param string      $prefix     What pathnames begin with; a plain start of text, so end it with `/` to mean a
     *                                directory.
     * @param bool        $recursive  Whether objects behind a further `/` are listed too. If not, these appear as one
     *                                entry, a directory: `isDirectory` is true, `pathname` ends with `/`, all else is
     *                                null.
     * @param int|null    $limit      At most so many entries in all, 1 or more; null lists all.
     * @param string|null $startAfter Only names behind this one, in the order of the server; it need not exist.
     *
     * @return iterable<int, ObjectInfo> An {@see ObjectIterator}.
     *
     * @throws Exception\InvalidPathnameException The prefix or `startAfter` breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException The limit is under 1.
     * @throws Exception\BucketNotFoundException  The handle has no bucket selected.
     * @throws Exception\S3Exception              Those of every request, out of the loop.
     */
    public function list(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
    ): iterable;

    /**
     * One page of a listing, and the token of the next one.
     *
     * For callers that go on in another request, such as a paginated API. To walk a whole listing,
     * {@see self::list()} is simpler.
     *
     * ```php
     * $token = null;
     * do {
     *     $page = $s3->listPage('2026/', limit: 100, continuationToken: $token);
     *     foreach ($page->objects as $object) {
     *         echo $object->pathname, "\n";
     *     }
     *     $token = $page->nextToken;
     * } while ($token !== null);
     * ```
     *
     * A page may have fewer entries than the limit, or none, and still not be the last: only a null token ends.
     *
     * Source: ListObjectsV2.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string      $prefix            What pathnames begin with, as of {@see self::list()}.
     * @param bool        $recursive         Whether objects behind a further `/` are listed too, or summed up in
     *                                       `->prefixes`.
     * @param int|null    $limit             At most so many objects and prefixes, 1 to 1000; null is 1000.
     * @param string|null $startAfter        Only names behind this one. Without effect beside a token.
     * @param string|null $continuationToken `->nextToken` of the page before, with the same prefix and `recursive`;
     *                                       null asks for the first page.
     *
     * @throws Exception\InvalidPathnameException The prefix or `startAfter` breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException The limit is not within 1 to 1000.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function listPage(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
        ?string $continuationToken = null,
    ): ListPage;
}
