<?php

declare(strict_types=1);

namespace S3Storage;

use DateTimeInterface;
use SensitiveParameter;

/**
 * The operations on an S3-compatible bucket.
 *
 * Type-hint, decorate and mock this interface; `S3Storage` implements it. A handle has one bucket selected: its
 * operations go there. {@see self::bucket()} gives a handle on another one.
 *
 * Words: a bucket alias is the name in the configuration; a pathname is the name of an object as PHP passes it; its
 * key on the server is the bucket's `prefix` followed by the pathname. Pathnames are UTF-8 and, together with the
 * prefix, 1 to 1024 bytes long. A NUL byte and the segments `.` and `..` are refused; everything else is kept byte
 * for byte.
 *
 * Units: sizes, offsets and lengths in bytes; times in seconds, points in time in Unix seconds.
 *
 * Requests: the number told for an operation is that without retries. A request is sent up to `max_attempts` times
 * (default 3) if its failure may be temporary. No operation asks anything beforehand.
 *
 * Errors: all are `S3Storage\Exception\S3Exception`. An operation that sends requests may throw, besides those that
 * it names: - `BucketNotFoundException`: the bucket is missing on the server, or the handle has none selected -
 * `PermissionDeniedException`: the credentials are missing, wrong, or not allowed to do this - `ThrottledException`:
 * the server still asked to slow down after the last attempt - `TimeoutException`: `read_timeout` or
 * `operation_timeout` passed - `ConnectionFailedException`: no connection could be made, or it broke -
 * `InvalidConfigException`: neither the configuration nor the AWS profile tells a region -
 * `OperationFailedException`: any other failure; also the parent class of most of these
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
     * It is known to every handle that shares this one's registry, for as long as any of them lives. With
     * `persistent` it is known to every handle of the process whose configuration is the same in every value, until
     * the process ends: to those of later requests of a php-fpm worker, too. The values mean what the keys of
     * `buckets` mean in the configuration; whether the bucket exists on the server is not asked.
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
     * @param bool        $persistent              Whether the process keeps the bucket; 1024 in all. Another process,
     *                                             such as another worker, does not know it.
     *
     * @throws Exception\BucketAlreadyExistsException The alias is registered already.
     * @throws Exception\InvalidConfigException       The server is not configured, or a value is wrong.
     * @throws Exception\InvalidArgumentException     The process keeps 1024 persistent buckets already.
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
        bool $persistent = false,
    ): void;

    /**
     * The registered bucket aliases, and the one that a new handle has selected.
     *
     * These are the aliases of the configuration and of {@see self::registerBucket()}, not the buckets of the server.
     *
     * Shape: `buckets` in the order of registration, persistent ones last; `default` is null when several buckets are
     * configured and none of them is named as the default.
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
     * Shape: for each alias (PHP makes an int of one such as `'7'`), in the order of registration, first of the steps
     * of operations (a request with its repetitions, or a content that is received; one method may take several):
     * `running` and `waiting` ones now; `done`, `failed` and `abandoned` ones since the process began, where "no such
     * object", "not modified" and "the condition does not hold" are done, and a content that is not read to its end
     * is abandoned; `bytes_in` of contents received, `bytes_out` of contents written; `retries`, requests that were
     * sent again. Then of operations, as {@see OperationEvent} has them: `errors`, how many failed with which code;
     * `operations`, for each name how many were `done`, `failed` and `abandoned`, the `seconds` that they took
     * together, and in `buckets` how many took up to so many seconds and more than the bound before. In `errors` and
     * `operations` there is only what happened.
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
     *     abandoned: int,
     *     bytes_in: int,
     *     bytes_out: int,
     *     retries: int,
     *     errors: array<string, int>,
     *     operations: array<string, array{
     *         done: int,
     *         failed: int,
     *         abandoned: int,
     *         seconds: float,
     *         buckets: array<string|int, int>,
     *     }>,
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
     * $s3->write('lock', gethostname() . ' ' . getmypid(), ifNoneMatch: '*');
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
     * `generic`, the first public write sends one more (GetObjectAcl) to see that the server honours the visibility,
     * and the first under a condition sends one before it (PutObject of an empty object `.s3storage-…` beside it,
     * which a server that honours conditions refuses); with parts, one more (HeadObject) compares before the end.
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
     * @param string|null           $ifMatch            Write only if the object has this ETag. A server that ignores
     *                                                  conditions is an UnsupportedException; nothing was written.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null leaves it to the bucket.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null leaves it to the
     *                                                  bucket. Never more than `max_concurrent_operations`.
     * @param array{
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     *     encryption?: 'AES256'|'aws:kms'|'aws:kms:dsse'|null,
     *     kmsKeyId?: string|null,
     *     customerKey?: string|null,
     *     retainUntil?: DateTimeInterface|int|null,
     *     retentionMode?: 'GOVERNANCE'|'COMPLIANCE'|null,
     *     legalHold?: bool|null,
     * } $options
     *     - `contentEncoding`, `contentLanguage`: what downloads answer with.
     *     - `tags`: at most 10, names of 1 to 128 characters, values of up to 256.
     *     - `encryption`: by the server's keys (`AES256`) or those of its key management; `kmsKeyId` names one. A
     *       server that does not confirm the encryption is an UnsupportedException; one that confirms it only
     *       when it is asked (MinIO, for an upload in parts) costs one more request (HeadObject).
     *     - `customerKey`: 32 raw bytes to encrypt with (SSE-C), which the server does not keep: every read has to
     *       bring them. Never shown in a backtrace. Servers take it over https only. Not together with `encryption`.
     *     - `retainUntil` (Unix seconds or a date) and `retentionMode`, both or none, and `legalHold`: object lock, in
     *       a bucket that was made for it. On a server of provider `generic` the first such write sends one more
     *       request (HeadObject) to see that the server honours it.
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * Writes a file of this machine to an object, or replaces it.
     *
     * As {@see self::write()}, but the bytes are read from disk while they are sent: memory does not grow with the
     * file or its parts. The file must not change meanwhile: if its size or its time of change differ in the end, the
     * call fails and nothing is written.
     *
     * ```php
     * $s3->uploadFile('videos/talk.mp4', '/srv/talk.mp4', progress: function (int $done, ?int $total): bool {
     *     printf("%d of %d bytes\r", $done, $total);
     *     return !connection_aborted();       // false ends the upload
     * });
     * ```
     *
     * With `resume: true` a failure leaves the parts on the server, and so does a killed process. The next call with
     * `resume: true` looks for uploads of the same pathname, and goes on with the newest one whose every part is a
     * part of this file, by number, size and MD5; nothing else is touched. Parts stay until an upload is completed or
     * aborted: {@see self::abortUploads()}, or a lifecycle rule of the bucket. Two processes that resume the same
     * upload send the same bytes; one of them completes it, and the other finds the object there.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart and CompleteMultipartUpload; ListMultipartUploads,
     * ListParts.
     * Requests: one for a file of at most `partSize`; else two, and one for each part. With `resume`, for a larger
     * file, one more, one for each upload of the pathname that is found (and each 1,000 parts of it), and one for an
     * object whose upload was resumed (HeadObject), since type, metadata and the like are those that it was begun
     * with. Idempotent: as a write.
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
     * @param string|null           $ifMatch            Write only if the object has this ETag. A server that ignores
     *                                                  conditions is an UnsupportedException; nothing was written.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null leaves it to the bucket.
     *                                                  It grows where a file would need more than 10,000 parts.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null leaves it to the
     *                                                  bucket. Never more than `max_concurrent_operations`.
     * @param callable|null         $progress           `fn(int $done, ?int $total)`: bytes that the server has taken,
     *                                                  and the size of the file. Called when `$done` has grown, every
     *                                                  20 ms at most, and with the final count when the object is
     *                                                  written. Returning false ends the call; the answer to the final
     *                                                  count changes nothing. It may use the storage.
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
        #[SensitiveParameter] array $options = [],
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
     * With `resume: true` a failure leaves what was received in `.talk.mp4.s3storage-part` and a journal beside it,
     * and so does a killed process. The next call with `resume: true` receives what is missing, if the object still
     * has the same ETag and size; else it begins anew. Two of these to the same file at once: the second one fails.
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * Writes every regular file below a directory of this machine to an object.
     *
     * The pathname is the file's path below the directory, with `/`, behind the prefix. Files are read from disk
     * while they are sent: small ones in one request, larger ones in parts. Each object is written as a whole or not
     * at all; the directory is not. Memory grows with the largest folder's names and with the result, not with the
     * files.
     *
     * ```php
     * $s3->uploadDirectory('/srv/site', 'site', filter: fn (string $pathname) => !str_ends_with($pathname, '.map'));
     * ```
     *
     * Every file is sent, whether it has changed or not; {@see self::sync()} sends what differs. Empty folders,
     * pipes, sockets, devices, and what a killed download of ours has left (`.NAME.….s3storage-tmp`) are left out. A
     * file that cannot be sent (a name that is not UTF-8, no permission, a change while it is read) is in `failed`;
     * the others are sent.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart, CompleteMultipartUpload.
     * Requests: those of {@see self::uploadFile()} for each file, `concurrency` files at once, never more than
     * `max_concurrent_operations` requests.
     * Idempotent: yes; an interrupted call can be made again.
     *
     * @param string        $directory      Path of a directory, for which `open_basedir` holds.
     * @param string        $prefix         What is put before each name. `site` means `site/`.
     * @param callable|null $filter         `fn(string $pathname, string $file): bool`: whether a file is sent. Called
     *                                      once for each, before its name is looked at, while others are under way. It
     *                                      may use the storage. An exception ends the call.
     * @param callable|null $progress       `fn(int $done, ?int $total)`: bytes that the server has taken of all files;
     *                                      the total is null until every file was found. Returning false ends the call.
     *                                      As for {@see self::uploadFile()}.
     * @param int           $concurrency    Files that are sent at once, 1 to 100.
     * @param bool          $followSymlinks Whether symbolic links are followed, also out of the directory, where
     *                                      `open_basedir` allows it. A link that leads nowhere, or to a folder that it
     *                                      lies in, is in `failed`. Without it links are left out.
     * @param bool          $throw          Whether failures are thrown at the end. Without it they are in the result.
     * @param string|null   $visibility     `public` or `private`; null leaves it to the bucket.
     * @param array<string, string|int> $metadata User metadata of each object, as for {@see self::write()}.
     * @param array{
     *     cacheControl?: string|null,
     *     contentDisposition?: string|null,
     *     storageClass?: string|null,
     *     partSize?: int|null,
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     * } $options As for {@see self::write()}, for each object. The content type is guessed for each.
     *
     * @return BatchResult The pathnames, in the order in which they were done.
     *
     * @throws Exception\BatchFailedException     Some files failed; `getResult()` tells which.
     * @throws Exception\InvalidArgumentException There is no such directory, it cannot be read, or an option is wrong;
     *                                            nothing was sent. Or `$filter` returned no bool.
     * @throws Exception\InvalidPathnameException The prefix breaks a rule; nothing was sent.
     * @throws Exception\CancelledException       `$progress` returned false. What was done until then is told by a
     *                                            `BatchFailedException`, the last previous exception of this and any
     *                                            other that ends the call early.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function uploadDirectory(
        string $directory,
        string $prefix = '',
        ?callable $filter = null,
        ?callable $progress = null,
        int $concurrency = 8,
        bool $followSymlinks = false,
        bool $throw = true,
        ?string $visibility = null,
        array $metadata = [],
        #[SensitiveParameter] array $options = [],
    ): BatchResult;

    /**
     * Writes every object behind a prefix to a file below a directory of this machine.
     *
     * The directory and the folders below it are made where they are missing. Each file appears when it is whole, as
     * for {@see self::downloadFile()}; the directory as a whole is not atomic.
     *
     * ```php
     * $s3->downloadDirectory('site', '/srv/site');
     * ```
     *
     * Nothing is written outside of the directory, whatever objects are called. In `failed`, without a request: names
     * with an empty, `.` or `..` segment, with a `/` right behind the prefix, or that begin with a drive (`C:/`);
     * objects below one that is a file itself (`a` and `a/b`); and names for which something else is in the way: a
     * folder or device in a file's place, a file in a folder's place, or a symbolic link, which is never followed
     * below the directory. An object whose name ends with `/` makes a folder.
     *
     * Source: ListObjectsV2, GetObject.
     * Requests: one for each 1,000 objects, and one for each of at most `part_size` bytes (no range, so that its
     * checksum is verified as it comes); a larger one as for {@see self::downloadFile()}. `concurrency` files at
     * once. Idempotent: yes; an interrupted call can be made again.
     *
     * @param string        $prefix      What the names begin with. `site` means `site/`; `''` is everything.
     * @param string        $directory   Path of the directory, for which `open_basedir` holds.
     * @param callable|null $filter      `fn(string $pathname, string $file): bool`: whether an object is downloaded. As
     *                                   for {@see self::uploadDirectory()}.
     * @param callable|null $progress    `fn(int $done, ?int $total)`: bytes that were written; the total is null until
     *                                   everything is listed. As for {@see self::uploadDirectory()}.
     * @param int           $concurrency Files that are received at once, 1 to 100.
     * @param bool          $throw       Whether failures are thrown at the end. Without it they are in the result.
     *
     * @return BatchResult The pathnames, in the order in which they were done. Empty where there is no such object.
     *
     * @throws Exception\BatchFailedException     Some objects failed; `getResult()` tells which.
     * @throws Exception\InvalidArgumentException The directory cannot be made or written to; nothing was sent. Or
     *                                            `$filter` returned no bool.
     * @throws Exception\InvalidPathnameException The prefix breaks a rule; nothing was sent.
     * @throws Exception\CancelledException       `$progress` returned false. As for {@see self::uploadDirectory()}.
     * @throws Exception\S3Exception              Those of the listing. What is under way then is finished first.
     */
    public function downloadDirectory(
        string $prefix,
        string $directory,
        ?callable $filter = null,
        ?callable $progress = null,
        int $concurrency = 8,
        bool $throw = true,
    ): BatchResult;

    /**
     * Makes the objects behind a prefix like the files below a directory, or the other way round.
     *
     * Only what differs is transferred, so an interrupted call goes on where it was when it is made again.
     *
     * ```php
     * $result = $s3->sync('/srv/site', 'site', delete: true);
     * echo count($result->transferred), ' sent, ', count($result->deleted), " deleted, $result->skipped the same\n";
     * ```
     *
     * A file and an object of other sizes differ. Of equal sizes the times are looked at: up, a file that is older
     * than its object is the same; down, a file with the very time of its object is, which files get when they are
     * downloaded by this method. Where the times do not say so, the file is read and its MD5 compared with the ETag
     * (of an upload in parts, for every usual part size that makes so many parts). An ETag that is no digest leaves
     * it to the times. `checksum` compares all files of equal sizes like that: it finds a change that kept size and
     * time.
     *
     * With `delete`, what the other side does not have is deleted, after all else and only if nothing failed. What
     * `$filter` leaves out is neither transferred nor deleted, and so are objects whose names end with `/`, links,
     * devices, and folders. What is on one side only is never all there is: with `delete`, a directory that does not
     * exist or has no file (up), and a prefix without any object (down), are refused, and nothing is deleted.
     * {@see self::deletePrefix()} empties a prefix.
     *
     * Source: ListObjectsV2; those of {@see self::uploadDirectory()} or {@see self::downloadDirectory()};
     * DeleteObjects.
     * Requests: one for each 1,000 objects, those of each transfer, and one for each 1,000 objects that are deleted.
     * Idempotent: yes.
     *
     * @param string        $directory   Path of a directory, for which `open_basedir` holds. Down it is made.
     * @param string        $prefix      What the names begin with. `site` means `site/`; `''` is everything.
     * @param string        $direction   `up` makes the bucket like the directory, `down` the directory like the bucket.
     * @param bool          $delete      Whether what the other side does not have is deleted.
     * @param bool          $dryRun      Whether to tell only what would be done. Sends listings only.
     * @param bool          $checksum    Whether to trust no time.
     * @param callable|null $filter      `fn(string $pathname, string $file): bool`: whether a name is looked at, on
     *                                   both sides. As for {@see self::uploadDirectory()}.
     * @param callable|null $progress    `fn(int $done, ?int $total)`: bytes that were transferred; the total is null
     *                                   until everything is compared. As for {@see self::uploadDirectory()}.
     * @param int           $concurrency Files that are transferred or compared at once, 1 to 100.
     * @param bool          $throw       Whether failures are thrown at the end. Without it they are in the result.
     *
     * @return SyncResult What was done, or with `dryRun` what would be.
     *
     * @throws Exception\BatchFailedException     Something failed, and nothing was deleted unless a delete failed; the
     *                                            `succeeded` of `getResult()` are the transferred and the deleted.
     * @throws Exception\InvalidArgumentException There is no such directory (up), it cannot be used, or an argument is
     *                                            wrong; nothing was sent. Or `$filter` returned no bool.
     * @throws Exception\InvalidPathnameException The prefix breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    With `delete`: there is no object behind the prefix (down), or no
     *                                            file in the directory (up) while there are objects to delete.
     * @throws Exception\UnsupportedException     The server does not list objects in the order of their names.
     * @throws Exception\CancelledException       `$progress` returned false. As for {@see self::uploadDirectory()}.
     * @throws Exception\S3Exception              Those of the listing. What is under way then is finished first.
     */
    public function sync(
        string $directory,
        string $prefix = '',
        string $direction = 'up',
        bool $delete = false,
        bool $dryRun = false,
        bool $checksum = false,
        ?callable $filter = null,
        ?callable $progress = null,
        int $concurrency = 8,
        bool $throw = true,
    ): SyncResult;

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
     * @param array{
     *     versionId?: string|null,
     *     ifModifiedSince?: DateTimeInterface|int|null,
     *     ifUnmodifiedSince?: DateTimeInterface|int|null,
     *     customerKey?: string|null,
     * } $options
     *     - `versionId`: a version of the object in a versioned bucket. A server that ignores it is an
     *       UnsupportedException.
     *     - `ifModifiedSince`, `ifUnmodifiedSince`: read only if the object was, or was not, written after this time
     *       (Unix seconds or a date). `ifNoneMatch` and `ifMatch` go before them, as HTTP has it, and S3 ignores a time
     *       that lies in the future.
     *     - `customerKey`: the 32 bytes that the object was written with. Never shown in a backtrace.
     *
     * @return string The bytes, as they are stored.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A negative offset, a length under 1, a value that cannot be a
     *                                               header, or an unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object, or no such version.
     * @throws Exception\PreconditionFailedException The ETag is not that of `ifMatch`, or the object was written after
     *                                               `ifUnmodifiedSince`.
     * @throws Exception\NotModifiedException        The ETag is that of `ifNoneMatch`, or the object was not written
     *                                               after `ifModifiedSince`.
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
        #[SensitiveParameter] array $options = [],
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
     * @param array{
     *     versionId?: string|null,
     *     ifModifiedSince?: DateTimeInterface|int|null,
     *     ifUnmodifiedSince?: DateTimeInterface|int|null,
     *     customerKey?: string|null,
     * } $options As of {@see self::read()}.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A negative offset, a length under 1, a value that cannot be a
     *                                               header, or an unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object, or no such version.
     * @throws Exception\PreconditionFailedException The ETag is not that of `ifMatch`, or the object was written
     *                                               after
     *                                               `ifUnmodifiedSince`.
     * @throws Exception\NotModifiedException        The ETag is that of `ifNoneMatch`, or the object was not written
     *                                               after `ifModifiedSince`.
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
        #[SensitiveParameter] array $options = [],
    ): ObjectContent;

    /**
     * An object as a stream: a resource for PHP's own functions, whose bytes are fetched while it is read.
     *
     * In memory there is one piece that has arrived (some hundred KiB), however large the object is. The stream can
     * be read in pieces or as a whole, with filters, and from anywhere: `fseek` sends nothing, the next read asks for
     * the object from there on. `fread` returns as many bytes as it is asked for, and fewer only at the end. `fstat`
     * tells the size and the last change; `stream_get_meta_data($stream)['wrapper_data']` is the {@see ObjectInfo}.
     *
     * ```php
     * $stream = $s3->readStream('exports/2026.csv');
     * while (($row = fgetcsv($stream)) !== false) {
     *     import($row);
     * }
     *
     * // From one bucket to another, in bounded memory:
     * $s3->bucket('archive')->writeStream('2026.csv', $s3->readStream('exports/2026.csv'));
     * ```
     *
     * All bytes are those of one object: when it is replaced while it is read, a later request fails. A stream may
     * rest for as long as it likes. Nothing counts meanwhile, no place of `max_concurrent_operations` is held, and
     * when the server has closed the connection the next read goes on where the stream was. After a fork each process
     * goes on for itself. With `offset` and `length` the stream is that part of the object, and positions count from
     * its start.
     *
     * Source: GetObject.
     * Requests: one when the stream is opened; one more for each `fseek` to bytes that are not about to arrive.
     * Idempotent: yes.
     * Errors: a read that fails throws, out of `fread` and its sisters: ConnectionFailedException when the object is
     * not the same any more, ChecksumMismatchException in place of the last bytes, CancelledException, and those of
     * every request. The stream stands where it stood before; after an `fseek` to `ftell` it can be tried again.
     *
     * @param string                     $pathname    Name of the object.
     * @param int                        $offset      The first byte, counted from 0.
     * @param int|null                   $length      At most so many bytes, 1 or more; null reads to the end.
     * @param string|null                $ifMatch     Read only if the object has this ETag.
     * @param string|null                $ifNoneMatch Read only if the object has another ETag.
     * @param callable|null              $progress    `fn(int $done, ?int $total)`: the position of the stream, and the
     *                                                bytes that there are. Called before a read goes on, every 20 ms at
     *                                                most, and at the end. Returning false ends the read. It cannot
     *                                                read, move or close the stream.
     * @param array{versionId?: string|null} $options As of {@see self::read()}.
     *
     * @return resource A stream that can be read and sought, not written.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A negative offset, a length under 1, a value that cannot be a
     *                                               header, or an unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object, or no such version.
     * @throws Exception\PreconditionFailedException The ETag is not that of `ifMatch`.
     * @throws Exception\NotModifiedException        The ETag is that of `ifNoneMatch`.
     * @throws Exception\OperationFailedException    The offset is at or behind the end of the object.
     * @throws Exception\S3Exception                 Those of every request.
     */
    public function readStream(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        ?callable $progress = null,
        #[SensitiveParameter] array $options = [],
    );

    /**
     * Writes what a stream brings, from where it stands to its end, as an object.
     *
     * Any stream: a file, a pipe (`popen`), a socket, `php://input`, one with filters, one of your own making, one of
     * {@see self::readStream()}. It need not be seekable, and what it says of its size is not asked. It is read, not
     * closed.
     *
     * ```php
     * $dump = popen('pg_dump app | gzip', 'r');
     * $s3->writeStream('backups/app.sql.gz', $dump, contentType: 'application/gzip');
     * if (pclose($dump) !== 0) {
     *     $s3->delete('backups/app.sql.gz'); // a program that dies looks like the end of its output
     * }
     * ```
     *
     * All or nothing, as {@see self::write()}: when the stream fails, throws or runs dry, or a signal handler throws,
     * there is no new object and no upload is left. Parts of `part_size` are gathered, and `concurrency` of them sent
     * at once; in memory there are at most `concurrency + 1`. While the stream is read nothing is under way, so it
     * may take its time.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart and CompleteMultipartUpload.
     * Requests: one for a content that fits into a part; else two, and one for each part.
     * Idempotent: as {@see self::write()}. Every part is whole before it is sent, so it is sent again where that
     * helps, also when the stream cannot be rewound.
     *
     * @param string                $pathname           Name of the object.
     * @param resource              $stream             What is read.
     * @param string|null           $visibility         `public` or `private`; null leaves it to the bucket.
     * @param string|null           $contentType        MIME type; null guesses it from the pathname's extension, else
     *                                                  `application/octet-stream`.
     * @param string|null           $cacheControl       The `Cache-Control` that downloads answer with.
     * @param string|null           $contentDisposition The `Content-Disposition` that downloads answer with.
     * @param array<string, string|int> $metadata User metadata.
     * @param string|null           $storageClass       A storage class of the server, such as `STANDARD_IA`.
     * @param string|null           $ifMatch            Write only if the object has this ETag. A server that ignores
     *                                                  conditions is an UnsupportedException; nothing was written.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null takes the bucket's.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null takes the bucket's.
     * @param callable|null         $progress           As for {@see self::uploadFile()}; `$total` is null.
     * @param array{
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     * } $options As of {@see self::write()}.
     *
     * @return ObjectInfo As of {@see self::write()}.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was read or sent.
     * @throws Exception\InvalidArgumentException    As of {@see self::write()}; nothing was read or sent.
     * @throws Exception\PreconditionFailedException The condition did not hold.
     * @throws Exception\QuotaExceededException      The content has more than 10,000 parts (the message names a part
     *                                               size), the object is too large, or the bucket is full.
     * @throws Exception\CancelledException          `$progress` returned false; nothing is left.
     * @throws Exception\TimeoutException            A stream that does not block had nothing for `read_timeout`
     *                                               seconds.
     * @throws Exception\OperationFailedException    The stream failed.
     * @throws Exception\S3Exception                 Those of {@see self::write()}.
     */
    public function writeStream(
        string $pathname,
        $stream,
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * An object as the answer to an HTTP request: status, headers, and a stream with the content.
     *
     * Give it the headers of the request that you answer, as they came; what is malformed is ignored, as HTTP wants it.
     *
     * ```php
     * $response = $s3->openResponse(
     *     'videos/intro.mp4',
     *     range: $request->headers->get('Range'),
     *     ifNoneMatch: $request->headers->get('If-None-Match'),
     *     ifRange: $request->headers->get('If-Range'),
     * );
     * return new StreamedResponse(
     *     fn () => $response->stream && fpassthru($response->stream),
     *     $response->status,
     *     $response->headers,
     * );
     * ```
     *
     * - 200: the whole object, and the stream brings it. Also for several ranges, which are not supported.
     * - 206: the range; the stream brings exactly that.
     * - 304: the client has this object already; no stream.
     * - 416: no byte of the object is in the range; no stream.
     *
     * Source: GetObject; HeadObject.
     * Requests: one; one more where `If-None-Match` is `*` or a list, where `If-Range` names another object, for a
     * range behind the end, and where `ifModifiedSince` ends in a 304.
     * Idempotent: yes.
     *
     * @param string                     $pathname    Name of the object.
     * @param string|null                $range       The request's `Range`, such as `bytes=0-499` or `bytes=-500`.
     * @param string|null                $ifNoneMatch The request's `If-None-Match`: an ETag, several, or `*`.
     * @param string|null                $ifRange     The request's `If-Range`: the range counts only while the object
     *                                                has this ETag or date; else the answer is the whole object.
     * @param array{versionId?: string|null} $options As of {@see self::read()}.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException An unknown key of `$options`; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function openResponse(
        string $pathname,
        ?string $range = null,
        ?string $ifNoneMatch = null,
        ?string $ifRange = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectResponse;

    /**
     * Answers the running HTTP request with an object.
     *
     * Takes `Range`, `If-None-Match` and `If-Range` of a GET or HEAD from `$_SERVER`, sets status and headers as
     * {@see self::openResponse()} does, and writes the content to the client as it arrives, in bounded memory. To a
     * HEAD request it answers headers only. A client that goes away ends the script, or, with `ignore_user_abort`,
     * the transfer.
     *
     * ```php
     * $s3->sendFile('invoices/2026-17.pdf', filename: 'Invoice 17.pdf');
     * exit;
     * ```
     *
     * Browsers save the object and do not show it, unless `disposition` is `inline`; what is stored as its
     * `Content-Disposition` does not count. Do not show what users have uploaded on a domain that has cookies.
     * `X-Content-Type-Options: nosniff` is always sent. Output buffers are ended.
     *
     * Source: GetObject; HeadObject.
     * Requests: as {@see self::openResponse()}.
     * Idempotent: yes; it can answer a request only once.
     *
     * @param string                     $pathname    Name of the object.
     * @param string                     $disposition `attachment` or `inline`.
     * @param string|null                $filename    The name to save it under; null takes the last segment of the
     *                                                pathname.
     * @param array{versionId?: string|null} $options As of {@see self::read()}.
     *
     * @return int The status: 200, 206, 304 or 416.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException The disposition is neither of both, the filename has control
     *                                            characters, or a key of `$options` is unknown; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object; no header was set.
     * @throws Exception\OperationFailedException Headers are sent already, or an output buffer holds bytes; nothing
     *                                            was asked for.
     * @throws Exception\S3Exception              Those of every request. When the content breaks off, nothing that is
     *                                            printed is sent any more: the client has fewer bytes than were
     *                                            announced to it, and can tell.
     */
    public function sendFile(
        string $pathname,
        string $disposition = 'attachment',
        ?string $filename = null,
        #[SensitiveParameter] array $options = [],
    ): int;

    /**
     * Whether there is an object of this name.
     *
     * A directory is not an object: ask `list($directory . '/', limit: 1)` for one. Without the permission to list
     * the bucket, S3 answers a missing object with 403, which throws PermissionDeniedException.
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
     * In a versioned bucket the older versions stay, under a delete marker; deleting that marker by its `versionId`
     * brings the object back. Deleting a version by its `versionId` is for good.
     *
     * ```php
     * $s3->delete('draft.md');
     * $s3->delete('counter', ifMatch: $info->etag);           // provider aws: only if nobody wrote it meanwhile
     * $s3->delete('report.pdf', options: ['versionId' => $version->versionId]);       // this version, permanently
     * ```
     *
     * `ifMatch` is sent to servers of provider `aws` only. Elsewhere it throws before anything is sent, because
     * servers that do not know the condition delete and ignore it (MinIO does).
     *
     * Source: DeleteObject.
     * Requests: one. One more (HeadObject) where the answer to a conditional delete was lost: no object is success. One
     * more on a server of provider `generic` or `r2` before the first version is deleted, to see that the server knows
     * versions: one that does not would delete the object.
     * Idempotent: yes, without `ifMatch`. With it, a repetition of the call fails where the first succeeded.
     *
     * @param string      $pathname Name of the object.
     * @param string|null $ifMatch  Delete only if the object has this ETag. Not together with `versionId`.
     * @param array{versionId?: string|null, bypassGovernance?: bool|null} $options `versionId`: this version, for good.
     *                    `bypassGovernance`: also while a retention in mode GOVERNANCE runs, with the permission for
     *                    it.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A value cannot be sent, `ifMatch` and `versionId` are both given,
     *                                               or a key of `$options` is unknown; nothing was sent.
     * @throws Exception\UnsupportedException        `ifMatch` on a server that is not known to honour it, or
     *                                               `versionId` on one without versions; nothing was deleted.
     * @throws Exception\PreconditionFailedException The object has another ETag; nothing was deleted.
     * @throws Exception\FileNotFoundException       With `ifMatch`: there is no object.
     * @throws Exception\PermissionDeniedException   The version is locked. (MinIO answers OperationFailedException.)
     * @throws Exception\S3Exception                 Those of every request; BucketNotFoundException for a missing
     *                                               bucket.
     */
    public function delete(string $pathname, ?string $ifMatch = null, #[SensitiveParameter] array $options = []): void;

    /**
     * Reads many objects, several at once.
     *
     * ```php
     * foreach ($s3->readMany($pathnames) as $pathname => $content) {
     *     if ($content instanceof S3Storage\Exception\S3Exception) {
     *         $log->warning("$pathname: {$content->getMessage()}");
     *     } else {
     *         index($pathname, $content);
     *     }
     * }
     * ```
     *
     * Lazy: pathnames are pulled as they are needed, some ahead, and contents come in the order in which they arrive.
     * Reads are made in rounds of a fraction of a second, each of which ends with nothing under way: a loop that is
     * slow, or that is left early, keeps no request and no place of `max_concurrent_operations`. An object that
     * cannot be read is an exception in its place, and ends nothing.
     *
     * Shape: `pathname => string|S3Exception`. A content that `memory_limit` has no room for is an exception, too.
     * Source: GetObject.
     * Requests: one for each object.
     * Idempotent: yes.
     * Errors: an exception of the iterable, or of a signal handler, comes out of the loop, which can go on after it.
     *
     * @param iterable<string|int> $pathnames   Pathnames; ints are taken.
     * @param int                  $concurrency Reads at once, 1 to 1000; never more than `max_concurrent_operations`.
     * @param int                  $maxBuffered The most bytes of contents in memory, besides the present one; a single
     *                                          larger one is read alone.
     *
     * @return ContentIterator
     *
     * @throws Exception\InvalidArgumentException `$concurrency` or `$maxBuffered` is out of bounds.
     * @throws Exception\BucketNotFoundException  The handle has no bucket selected.
     */
    public function readMany(iterable $pathnames, int $concurrency = 32, int $maxBuffered = 67108864): iterable;

    /**
     * Writes many objects, several at once.
     *
     * ```php
     * $s3->writeMany(['a.json' => $a, 'b.json' => $b], cacheControl: 'max-age=60');
     * ```
     *
     * Each object is written as {@see self::write()} does, with the same options for all. Contents are pulled a chunk
     * at a time (at most 64 MiB and one more, or eight for each that is written at once), while nothing is under way.
     *
     * Source: PutObject; CreateMultipartUpload, UploadPart and CompleteMultipartUpload.
     * Requests: as {@see self::write()}, for each object.
     * Idempotent: yes, without `ifNoneMatch`.
     *
     * @param iterable<string|int, string> $contents Contents by pathname.
     * @param string|null           $visibility         As of {@see self::write()}.
     * @param string|null           $contentType        As of {@see self::write()}; null guesses each.
     * @param string|null           $cacheControl       As of {@see self::write()}.
     * @param string|null           $contentDisposition As of {@see self::write()}.
     * @param array<string, string|int> $metadata User metadata.
     * @param string|null           $storageClass       As of {@see self::write()}.
     * @param string|null           $ifNoneMatch        `*`: only objects that are not there yet.
     * @param int                   $concurrency        Writes at once, 1 to 1000; never more than
     *                                                  `max_concurrent_operations`.
     * @param bool                  $throw              Whether a failure throws. If not, look at `->failed`.
     * @param array<string, mixed>  $options            As of {@see self::write()}.
     *
     * @return BatchResult `succeeded` are {@see ObjectInfo}s, each chunk in the order of the iterable.
     *
     * @throws Exception\InvalidArgumentException As of {@see self::write()}; nothing was pulled or sent.
     * @throws Exception\BatchFailedException     An object failed, and `throw` is true.
     * @throws Exception\BucketNotFoundException  The handle has no bucket selected.
     */
    public function writeMany(
        iterable $contents,
        ?string $visibility = null,
        ?string $contentType = null,
        ?string $cacheControl = null,
        ?string $contentDisposition = null,
        array $metadata = [],
        ?string $storageClass = null,
        ?string $ifNoneMatch = null,
        int $concurrency = 32,
        bool $throw = true,
        #[SensitiveParameter] array $options = [],
    ): BatchResult;

    /**
     * Which of many objects there are, asked several at once.
     *
     * ```php
     * $missing = array_diff($pathnames, $s3->existsMany($pathnames)->succeeded);
     * ```
     *
     * Source: HeadObject.
     * Requests: as {@see self::exists()}, for each object.
     * Idempotent: yes.
     *
     * @param iterable<string|int> $pathnames   Pathnames; ints are taken.
     * @param int                  $concurrency Requests at once, 1 to 1000.
     * @param bool                 $throw       Whether a failure throws. If not, look at `->failed`.
     *
     * @return BatchResult `succeeded` are the pathnames of the objects that are there. One that is not is in neither
     *                     list.
     *
     * @throws Exception\BatchFailedException    It cannot be told of an object, and `throw` is true.
     * @throws Exception\BucketNotFoundException The handle has no bucket selected.
     */
    public function existsMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): BatchResult;

    /**
     * What is known of many objects, asked several at once.
     *
     * Source: HeadObject.
     * Requests: as {@see self::getMetadata()}, for each object.
     * Idempotent: yes.
     *
     * @param iterable<string|int> $pathnames   Pathnames; ints are taken.
     * @param int                  $concurrency Requests at once, 1 to 1000.
     * @param bool                 $throw       Whether a failure throws. If not, look at `->failed`.
     *
     * @return BatchResult `succeeded` are {@see ObjectInfo}s. A missing object is a failure.
     *
     * @throws Exception\BatchFailedException    An object failed, and `throw` is true.
     * @throws Exception\BucketNotFoundException The handle has no bucket selected.
     */
    public function getMetadataMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): BatchResult;

    /**
     * Copies many objects, several at once.
     *
     * ```php
     * $s3->copyMany(['a.txt' => 'backup/a.txt', 'b.txt' => 'backup/b.txt']);
     * ```
     *
     * Source: as {@see self::copy()}.
     * Requests: as {@see self::copy()}, for each object.
     * Idempotent: yes.
     *
     * @param iterable<string|int, string|int> $pathnames Destinations by source.
     * @param string|null $destinationBucket Alias of the bucket to copy to; null is this one.
     * @param string|null $visibility        Of the copies; null leaves it to the destination's bucket.
     * @param int         $concurrency       Copies at once, 1 to 1000.
     * @param bool        $throw             Whether a failure throws. If not, look at `->failed`.
     *
     * @return BatchResult `succeeded` are the {@see ObjectInfo}s of the copies; `failed` names the sources.
     *
     * @throws Exception\BatchFailedException    An object failed, and `throw` is true.
     * @throws Exception\BucketNotFoundException The handle has no bucket selected.
     */
    public function copyMany(
        iterable $pathnames,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        int $concurrency = 32,
        bool $throw = true,
    ): BatchResult;

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
     * alone; a request that fails as a whole fails the objects in it, and the next one is sent; what the answer of
     * the server does not mention counts as failed. Pathnames are pulled 1000 at a time, while nothing is under way.
     * If the iterable or a signal handler throws, that exception goes on to the caller with a {@see
     * Exception\BatchFailedException} as its last previous one, whose result tells what was done until then; the
     * pathnames of the request that was under way, which may be deleted, and those that were pulled but not sent are
     * in neither list.
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
     * The bucket's own `prefix` always holds. A listing is walked page by page, so memory does not grow with the
     * number of objects. Objects that are written meanwhile may stay. Failures do not stop the walk until there are
     * 1000 of them; then, or at the end, they are thrown. The result of that exception has the failures in
     * `->failed`, and an empty `->succeeded`: its message tells the number. A failed listing throws its own
     * exception; the same call goes on where it stopped.
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
     * MIME type, metadata, the other headers and tags go along. Visibility, storage class, encryption and locks do
     * not: the copy has the given visibility, or that of its bucket. Within a server the bytes do not pass through
     * this process; between two servers they stream through it, without being held in memory. Onto itself, nothing
     * changes but a visibility that is given; with `sourceVersionId`, that version becomes the latest.
     *
     * An object that is larger than the server copies in one request (5 GiB on AWS) is copied in parts, by the
     * server, `concurrency` at once. A failed copy is aborted.
     *
     * ```php
     * $s3->copy('draft.md', 'published.md', visibility: 'public');
     * $s3->copy('report.pdf', '2026/report.pdf', destinationBucket: 'documents');
     * $s3->copy('report.pdf', 'report.pdf', options: ['sourceVersionId' => $version->versionId]);   // restores it
     * ```
     *
     * Source: CopyObject; HeadObject, GetObjectTagging, CreateMultipartUpload, UploadPartCopy and
     * CompleteMultipartUpload in parts; GetObject, GetObjectTagging and what write() uses between servers; HeadObject
     * (and PutObjectAcl) onto itself.
     * Requests: one within a server and onto itself; five more and one for each part (512 MiB) of an object over 5
     * GiB; between servers one, one for tags if there are any, and those of {@see self::write()}; one more
     * (GetObjectAcl) for the first public write to a server of provider `generic`, and for a visibility onto itself.
     * Idempotent: yes.
     *
     * @param string      $source            Name of the object, in the selected bucket.
     * @param string      $destination       Name of the copy.
     * @param string|null $destinationBucket Alias of the copy's bucket; null is the selected one.
     * @param string|null $visibility        `public` or `private`; null leaves it to the destination's bucket.
     * @param array{sourceVersionId?: string|null} $options `sourceVersionId`: the version of the source to copy.
     *
     * @return ObjectInfo Of the copy, as far as the response tells: etag and lastModified; size is null, except for a
     *                    copy in parts or between servers.
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * Moves an object, also to another bucket or server, and replaces what is there.
     *
     * A copy, a look at the copy, and then a delete of the source; S3 has no rename. The source is deleted only if
     * the copy is there with its size, ETag and, where they can be compared, digest, and only if the source is still
     * what was copied: by a condition of the delete on servers of provider `aws`; elsewhere by another look, behind
     * which a write of somebody else can still slip in and be lost. Every failure says what exists. Onto itself,
     * nothing changes but a visibility that is given.
     *
     * It is no lock: of two that move the same object at once, both may succeed. To hand out work, take it by a
     * {@see self::write()} with `ifNoneMatch: '*'`.
     *
     * With `sourceVersionId` that version is moved: copied, and then deleted for good.
     *
     * Source: HeadObject, as {@see self::copy()}, HeadObject, then DeleteObject.
     * Requests: four more than the copy, three more on provider `aws`; between servers one less, and two more where
     * both ends have the same names; none more onto itself.
     * Idempotent: no. A repetition finds no source.
     *
     * @param string      $source            Name of the object, in the selected bucket.
     * @param string      $destination       New name.
     * @param string|null $destinationBucket Alias of the new bucket; null is the selected one.
     * @param string|null $visibility        `public` or `private`; null leaves it to the destination's bucket.
     * @param array{sourceVersionId?: string|null} $options `sourceVersionId`: the version of the source to move.
     *
     * @return ObjectInfo As of {@see self::copy()}, with the size.
     *
     * @throws Exception\InvalidPathnameException   A pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\FileNotFoundException      There is no such object.
     * @throws Exception\BucketNotFoundException    The alias is not registered, or a bucket is missing on its server.
     * @throws Exception\QuotaExceededException     The object is too large, or the bucket is full.
     * @throws Exception\UnsupportedException       The visibility cannot be set; see {@see self::write()}.
     * @throws Exception\PreconditionFailedException The source was written again meanwhile, and was kept.
     * @throws Exception\OperationFailedException   What is at the destination is not the copy; the source was kept.
     * @throws Exception\InvalidArgumentException   A version is to be moved onto its own object; nothing was sent.
     * @throws Exception\S3Exception                Those of every request.
     */
    public function move(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * What the server knows of an object, without its content.
     *
     * Size, last change, MIME type, ETag, storage class, version and user metadata. Visibility costs a request and a
     * permission of its own, so it is null unless it is asked for.
     *
     * Source: HeadObject; GetObjectAcl for the visibility.
     * Requests: one; one more for the visibility, as of {@see self::getVisibility()}. Two when there is no such
     * object and the bucket has not answered before, as of {@see self::exists()}. Idempotent: yes.
     *
     * @param string $pathname   Name of the object.
     * @param bool   $visibility Whether the visibility is asked for too; that is always the latest version's.
     * @param array{versionId?: string|null, customerKey?: string|null} $options `versionId`: a version of the object.
     *                           `customerKey`: the 32 bytes that it was written with; never shown in a backtrace.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException A value cannot be sent, or a key of `$options` is unknown; nothing was
     *                                            sent.
     * @throws Exception\FileNotFoundException    There is no such object, or no such version.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function getMetadata(
        string $pathname,
        bool $visibility = false,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * Changes what stands beside the content of an object; what is null stays as it is.
     *
     * S3 changes nothing in place: the server copies the object onto itself, under the condition that it is still the
     * one that was looked at. Headers, metadata, tags, ACL (where the provider has object ACLs and the bucket's `acl`
     * is not `off`), storage class, encryption and locks that are not named stay. In a versioned bucket this makes a
     * new version; the last change and, for an object of a multipart upload, the ETag are new everywhere.
     *
     * ```php
     * $s3->updateMetadata('images/photo.jpg', cacheControl: 'max-age=31536000');
     * $s3->updateMetadata('old.zip', storageClass: 'GLACIER');
     * $s3->updateMetadata('a.txt', metadata: []);             // takes all user metadata away
     * ```
     *
     * Source: HeadObject, GetObjectAcl, CopyObject; as of {@see self::copy()} for an object over 5 GiB.
     * Requests: two, and one more (GetObjectAcl) where there are object ACLs; one (HeadObject) if nothing is given.
     * Idempotent: yes.
     *
     * @param string      $pathname           Name of the object.
     * @param string|null $contentType        MIME type.
     * @param string|null $cacheControl       The `Cache-Control` that downloads answer with.
     * @param string|null $contentDisposition The `Content-Disposition` that downloads answer with.
     * @param array<string, string|int>|null $metadata User metadata, in place of all that is there.
     * @param string|null $storageClass       A storage class of the server.
     * @param array{contentEncoding?: string|null, contentLanguage?: string|null} $options The `Content-Encoding` and
     *                                        `Content-Language` that downloads answer with.
     *
     * @return ObjectInfo What is there now: size, mimeType, metadata, storageClass, etag, lastModified, versionId.
     *
     * @throws Exception\InvalidPathnameException    The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException    A value cannot be a header, or a key of `$options` is unknown;
     *                                               nothing was sent.
     * @throws Exception\FileNotFoundException       There is no such object.
     * @throws Exception\PreconditionFailedException The object was written meanwhile; nothing was changed.
     * @throws Exception\UnsupportedException        The object has no strong ETag, or is encrypted by a customer key
     *                                               and the server says so.
     * @throws Exception\S3Exception                 Those of every request.
     */
    public function updateMetadata(
        string $pathname,
        ?string $contentType = null,
        ?string $cacheControl = null,
        ?string $contentDisposition = null,
        ?array $metadata = null,
        ?string $storageClass = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo;

    /**
     * Who may read an object: everyone (`public`), or those with a permission (`private`).
     *
     * Told by the object's ACL; bucket policies are not looked at. Where the server has no object ACLs (providers
     * `minio`, `r2`, `b2`, `garage`) or the bucket's `acl` is `off`, the answer is the bucket's configured
     * visibility, and whether the object exists is not asked.
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
     * Requests: one; on a server of provider `generic` one more (GetObjectAcl) for the first public one; none where
     * the bucket's `acl` is `off` and the visibility is the bucket's own. Idempotent: yes.
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
     * The tags of an object.
     *
     * Shape: name to value, in the server's order; empty where there are none. PHP makes an int of a name such as
     * `'7'`.
     *
     * Source: GetObjectTagging.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     *
     * @return array<string|int, string>
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\UnsupportedException     The server has no tags.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function getTags(string $pathname): array;

    /**
     * Gives an object these tags, in place of all that it has; none at all with an empty array.
     *
     * ```php
     * $s3->setTags('report.pdf', ['project' => 'apollo', 'year' => 2026]);
     * ```
     *
     * Source: PutObjectTagging; DeleteObjectTagging for an empty array.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string                    $pathname Name of the object.
     * @param array<string, string|int> $tags     At most 10: names of 1 to 128 characters, values of up to 256.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException A tag breaks a limit, or has control characters; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\UnsupportedException     The server has no tags.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function setTags(string $pathname, array $tags): void;

    /**
     * What keeps the latest version of an object from being deleted.
     *
     * Without the permissions to read retentions and legal holds, S3 tells of none.
     *
     * Source: HeadObject.
     * Requests: one. Two when there is no such object, as of {@see self::exists()}.
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\OperationFailedException The server's answer about the lock cannot be read.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function getObjectLock(string $pathname): ObjectLock;

    /**
     * Keeps the latest version of an object from being deleted until a point in time.
     *
     * It takes the place of the retention that the version has, if that is not firmer. A time is prolonged by
     * everybody who may set it; a time in mode GOVERNANCE is shortened by `bypassGovernance` and the permission for
     * it, one in mode COMPLIANCE by nobody. Only in a bucket that was made with object lock.
     *
     * ```php
     * $s3->setRetention('invoices/7.pdf', new DateTimeImmutable('+10 years'), 'COMPLIANCE');
     * ```
     *
     * Units: Unix seconds.
     * Source: PutObjectRetention.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string                   $pathname         Name of the object.
     * @param DateTimeInterface|int    $retainUntil      The end, in the future.
     * @param 'GOVERNANCE'|'COMPLIANCE' $mode            How firmly.
     * @param bool                     $bypassGovernance Whether a time in mode GOVERNANCE may be shortened.
     *
     * @throws Exception\InvalidPathnameException  The pathname breaks a rule; nothing was sent.
     * @throws Exception\InvalidArgumentException  The time has passed, or the mode is another word; nothing was sent.
     * @throws Exception\FileNotFoundException     There is no such object.
     * @throws Exception\PermissionDeniedException A firmer retention runs.
     * @throws Exception\OperationFailedException  The bucket has no object lock.
     * @throws Exception\S3Exception               Those of every request.
     */
    public function setRetention(
        string $pathname,
        DateTimeInterface|int $retainUntil,
        string $mode = 'GOVERNANCE',
        bool $bypassGovernance = false,
    ): void;

    /**
     * Keeps the latest version of an object from being deleted until this is lifted, or lifts it.
     *
     * Only in a bucket that was made with object lock. A retention holds beside it.
     *
     * Source: PutObjectLegalHold.
     * Requests: one.
     * Idempotent: yes.
     *
     * @param string $pathname Name of the object.
     * @param bool   $on       Whether it is kept.
     *
     * @throws Exception\InvalidPathnameException The pathname breaks a rule; nothing was sent.
     * @throws Exception\FileNotFoundException    There is no such object.
     * @throws Exception\OperationFailedException The bucket has no object lock.
     * @throws Exception\S3Exception              Those of every request.
     */
    public function setLegalHold(string $pathname, bool $on): void;

    /**
     * The URL of an object: the permanent one, or one that ends and needs no permission.
     *
     * The permanent URL begins with the bucket's `url`, else with the `public_endpoint` or `endpoint` of the server
     * and the bucket's name. It works for objects that are public. With `expiresIn`, it is the URL of {@see
     * self::presignGet()} and works for every object that the credentials may read.
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
     *
     * $name = "filename*=UTF-8''" . rawurlencode('Käufe März.pdf');    // any letters: RFC 8187
     * echo $s3->presignGet('invoices/7.pdf', contentDisposition: "attachment; $name")->url, "\n";
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
     * @param array{
     *     versionId?: string|null,
     *     responseCacheControl?: string|null,
     *     responseContentEncoding?: string|null,
     *     responseContentLanguage?: string|null,
     *     responseExpires?: DateTimeInterface|int|null,
     * } $options `versionId`: a version of the object. `response…`: the header of that name that the download shall
     *     answer with, in place of the object's own; `responseExpires` is a point in time, as an int in Unix seconds.
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
        #[SensitiveParameter] array $options = [],
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
     * An object that exists is replaced. The size of the upload is not limited, unless it is known beforehand
     * (`contentLength`); {@see self::presignPost()} sets bounds.
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
     * @param array{
     *     cacheControl?: string|null,
     *     contentDisposition?: string|null,
     *     contentEncoding?: string|null,
     *     metadata?: array<string, string|int>|null,
     *     contentLength?: int|null,
     * } $options More that the uploader must send, and that is stored with the object. `contentLength`: the size of the
     *     content in bytes, exactly; HTTP clients send that header by themselves.
     *
     * @throws Exception\InvalidPathnameException   The pathname breaks a rule.
     * @throws Exception\InvalidArgumentException   The life is not within 1 second to 7 days, a value cannot be a
     *                                              header, or a key of `$options` is unknown.
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
        #[SensitiveParameter] array $options = [],
    ): PresignedUrl;

    /**
     * A form that lets its holder upload an object from a browser, for a while, without credentials, and within
     * bounds of size and type that the server holds it to.
     *
     * ```php
     * $form = $s3->presignPost('avatars/7.png', 300, maxSize: 2_000_000, contentType: 'image/png');
     * ```
     * ```html
     * <form action="{{ $form->url }}" method="post" enctype="multipart/form-data">
     *   {{ for each of $form->fields }} <input type="hidden" name="{{ name }}" value="{{ value }}">
     *   <input type="file" name="file"> <button>Upload</button>
     * </form>
     * ```
     *
     * Every field has to be sent as it stands, no other one may be (but `x-ignore-…`), and `file` comes last. Without
     * `contentType` and `contentTypePrefix` the form has no `Content-Type`, and the server chooses one. With
     * `contentTypePrefix` the uploader adds the field `Content-Type` itself, and its value must begin so; that is
     * what the uploader says, the server does not look into the content. An object that exists is replaced.
     *
     * Units: bytes; seconds.
     * Source: PostObject, with a policy that AWS Signature Version 4 signs.
     * Requests: none to the server. Signing may ask the AWS credential chain, where no credentials are configured.
     * Idempotent: yes.
     *
     * @param string                $pathname          Name of the object.
     * @param DateTimeInterface|int $expiresIn         Its life in seconds or the time of its end, 1 second to 7 days
     *                                                 from now.
     * @param int|null              $minSize           The fewest bytes; null is 0.
     * @param int|null              $maxSize           The most bytes; null is 5 GiB where there is a `minSize`, else
     *                                                 what the server takes.
     * @param string|null           $contentType       The MIME type of the object, as a field of the form.
     * @param string|null           $contentTypePrefix What the MIME type that the uploader names must begin with, such
     *                                                 as `image/`; an empty string allows any. Not with `contentType`.
     * @param string|null           $visibility        `public` or `private`; null leaves it to the bucket.
     * @param array<string, string|int> $metadata      User metadata.
     * @param array{
     *     cacheControl?: string|null,
     *     contentDisposition?: string|null,
     *     contentEncoding?: string|null,
     *     storageClass?: string|null,
     *     tags?: array<string, string|int>|null,
     *     keyStartsWith?: bool|null,
     *     successActionStatus?: 200|201|204|null,
     *     successActionRedirect?: string|null,
     * } $options `keyStartsWith`: the object is named by the pathname and the name of the uploaded file; the uploader
     *     may send any other name that begins with the pathname. `successActionStatus`: the status of the answer, else
     *     204. `successActionRedirect`: where the browser is sent after the upload, with `bucket`, `key` and `etag` in
     *     the query; not with a status. These are the server's: the bucket's name, and the key with the `prefix`.
     *
     * @throws Exception\InvalidPathnameException   The pathname breaks a rule.
     * @throws Exception\InvalidArgumentException   The life is not within 1 second to 7 days or ends behind the
     *                                              credentials, sizes or options exclude each other, a value cannot be
     *                                              a field, the pathname has a `${filename}`, or a key of `$options`
     *                                              is unknown.
     * @throws Exception\InvalidVisibilityException The visibility is neither `public` nor `private`.
     * @throws Exception\UnsupportedException       The server cannot make single objects public, or the bucket's
     *                                              `acl`
     *                                              is `off` and its visibility another one.
     * @throws Exception\PermissionDeniedException  There are no credentials to sign with.
     * @throws Exception\BucketNotFoundException    The handle has no bucket selected.
     * @throws Exception\InvalidConfigException     The server has no region or no address for the bucket.
     */
    public function presignPost(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?int $minSize = null,
        ?int $maxSize = null,
        ?string $contentType = null,
        ?string $contentTypePrefix = null,
        ?string $visibility = null,
        array $metadata = [],
        #[SensitiveParameter] array $options = [],
    ): PresignedPost;

    /**
     * The objects whose pathnames begin with a prefix, one by one.
     *
     * Lazy: a page of up to 1000 entries is asked for when the one before it is used up, so a bucket of any size can
     * be walked in little memory. A listing is complete or throws: a failure throws out of the loop.
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
     * Shape: ObjectInfo with pathname, size, lastModified, etag and storageClass; what a listing does not tell is
     * null. S3 lists in the order of the UTF-8 bytes of the names.
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

    /**
     * The versions of the objects whose pathnames begin with a prefix, and the marks of their deletions, one by one.
     *
     * Lazy, and complete or an exception, as {@see self::list()} is. In a bucket without versions each object has the
     * one version `null`.
     *
     * ```php
     * foreach ($s3->listVersions('report.pdf') as $version) {
     *     echo $version->versionId, $version->isDeleteMarker ? ' deleted ' : ' written ', $version->lastModified,
     * "\n"; }
     * ```
     *
     * Shape: ObjectVersion by pathname, the newest of each first. Of two from the same second the latest comes first,
     * else a delete marker before a version: S3 lists both kinds apart.
     *
     * Source: ListObjectVersions.
     * Requests: one for each page of up to 1000 versions; none before the loop begins. A second loop asks anew.
     * Idempotent: yes.
     *
     * @param string   $prefix What pathnames begin with: `a.txt` also covers `a.txt.bak`.
     * @param int|null $limit  At most so many versions in all, 1 or more; null lists all.
     *
     * @return iterable<int, ObjectVersion> A {@see VersionIterator}.
     *
     * @throws Exception\InvalidPathnameException The prefix breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException The limit is under 1.
     * @throws Exception\BucketNotFoundException  The handle has no bucket selected.
     * @throws Exception\S3Exception              Those of every request, out of the loop.
     */
    public function listVersions(string $prefix = '', ?int $limit = null): iterable;

    /**
     * The twin of {@see self::read()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers the content, a string. It is cancelled when the future is destroyed.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
     *
     * @param string                     $pathname    Name of the object.
     * @param int                        $offset      The first byte, counted from 0.
     * @param int|null                   $length      At most so many bytes, 1 or more; null reads to the end.
     * @param string|null                $ifMatch     Read only if the object has this ETag.
     * @param string|null                $ifNoneMatch Read only if the object has another ETag.
     * @param array{
     *     versionId?: string|null,
     *     ifModifiedSince?: DateTimeInterface|int|null,
     *     ifUnmodifiedSince?: DateTimeInterface|int|null,
     *     customerKey?: string|null,
     * } $options
     *     - `versionId`: a version of the object in a versioned bucket.
     *     - `ifModifiedSince`, `ifUnmodifiedSince`: read only if the object was, or was not, written after this time
     *       (Unix seconds or a date). `ifNoneMatch` and `ifMatch` go before them, as HTTP has it, and S3 ignores a
     * time
     *       that lies in the future.
     *     - `customerKey`: the 32 bytes that the object was written with. Never shown in a backtrace.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function readAsync(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        #[SensitiveParameter] array $options = [],
    ): Future;

    /**
     * The twin of {@see self::write()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers an {@see ObjectInfo}. It is finished also when the future is destroyed; a failure is logged
     * then.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
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
     * @param string|null           $ifMatch            Write only if the object has this ETag. A server that ignores
     *                                                  conditions is an UnsupportedException; nothing was written.
     * @param string|null           $ifNoneMatch        `*`: write only if there is no object yet.
     * @param int|null              $partSize           Bytes of a part, 5 MiB to 5 GiB; null leaves it to the bucket.
     * @param int|null              $concurrency        Parts that are sent at once, 1 to 100; null leaves it to the
     *                                                  bucket. Never more than `max_concurrent_operations`.
     * @param array{
     *     contentEncoding?: string|null,
     *     contentLanguage?: string|null,
     *     tags?: array<string, string|int>|null,
     *     encryption?: 'AES256'|'aws:kms'|'aws:kms:dsse'|null,
     *     kmsKeyId?: string|null,
     *     customerKey?: string|null,
     *     retainUntil?: DateTimeInterface|int|null,
     *     retentionMode?: 'GOVERNANCE'|'COMPLIANCE'|null,
     *     legalHold?: bool|null,
     * } $options
     *     - `contentEncoding`, `contentLanguage`: what downloads answer with.
     *     - `tags`: at most 10, names of 1 to 128 characters, values of up to 256.
     *     - `encryption`: by the server's keys (`AES256`) or those of its key management; `kmsKeyId` names one. A
     *       server that does not confirm the encryption is an UnsupportedException; one that confirms it only
     *       when it is asked (MinIO, for an upload in parts) costs one more request (HeadObject).
     *     - `customerKey`: 32 raw bytes to encrypt with (SSE-C), which the server does not keep: every read has to
     *       bring them. Never shown in a backtrace. Servers take it over https only. Not together with `encryption`.
     *     - `retainUntil` (Unix seconds or a date) and `retentionMode`, both or none, and `legalHold`: object lock,
     * in
     *       a bucket that was made for it. On a server of provider `generic` the first such write sends one more
     *       request (HeadObject) to see that the server honours it.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function writeAsync(
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
        #[SensitiveParameter] array $options = [],
    ): Future;

    /**
     * The twin of {@see self::exists()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers a bool. It is cancelled when the future is destroyed.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
     *
     * @param string $pathname Name of the object.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function existsAsync(string $pathname): Future;

    /**
     * The twin of {@see self::delete()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers null. It is finished also when the future is destroyed; a failure is logged then.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
     *
     * @param string      $pathname Name of the object.
     * @param string|null $ifMatch  Delete only if the object has this ETag. Not together with `versionId`.
     * @param array{versionId?: string|null, bypassGovernance?: bool|null} $options `versionId`: this version, for
     * good.
     *                    `bypassGovernance`: also while a retention in mode GOVERNANCE runs, with the permission for
     *                    it.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function deleteAsync(
        string $pathname,
        ?string $ifMatch = null,
        #[SensitiveParameter] array $options = [],
    ): Future;

    /**
     * The twin of {@see self::getMetadata()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers an {@see ObjectInfo}. It is cancelled when the future is destroyed.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
     *
     * @param string $pathname   Name of the object.
     * @param bool   $visibility Whether the visibility is asked for too; that is always the latest version's.
     * @param array{versionId?: string|null, customerKey?: string|null} $options `versionId`: a version of the object.
     *                           `customerKey`: the 32 bytes that it was written with; never shown in a backtrace.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function getMetadataAsync(
        string $pathname,
        bool $visibility = false,
        #[SensitiveParameter] array $options = [],
    ): Future;

    /**
     * The twin of {@see self::copy()} that does not wait: it goes on while the script does something else.
     *
     * Its future answers an {@see ObjectInfo}. It is finished also when the future is destroyed; a failure is logged
     * then.
     *
     * Requests: as its sister.
     * Idempotent: as its sister.
     *
     * @param string      $source            Name of the object, in the selected bucket.
     * @param string      $destination       Name of the copy.
     * @param string|null $destinationBucket Alias of the copy's bucket; null is the selected one.
     * @param string|null $visibility        `public` or `private`; null leaves it to the destination's bucket.
     * @param array{sourceVersionId?: string|null} $options `sourceVersionId`: the version of the source to copy.
     *
     * @return Future What {@see Future::await()} answers, or throws: as its sister does.
     *
     * @throws Exception\InvalidPathnameException A pathname breaks a rule; nothing is sent.
     * @throws Exception\InvalidArgumentException An argument is wrong; nothing is sent.
     * @throws Exception\OperationFailedException No thread can be started.
     */
    public function copyAsync(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): Future;
}
