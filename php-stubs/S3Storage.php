<?php

declare(strict_types=1);

use S3Storage\BatchResult;
use S3Storage\Future;
use S3Storage\ListPage;
use S3Storage\ObjectContent;
use S3Storage\ObjectInfo;
use S3Storage\ObjectLock;
use S3Storage\ObjectResponse;
use S3Storage\OperationEvent;
use S3Storage\PresignedPost;
use S3Storage\PresignedUrl;
use S3Storage\Storage;
use S3Storage\SyncResult;

/**
 * S3-compatible object storage in the PHP process: a handle on a configuration, with one bucket selected.
 *
 * The operations are documented at {@see Storage}, which this class implements; type-hint that interface.
 *
 * ```php
 * $s3 = new S3Storage([
 *     'default' => 'uploads',
 *     'servers' => [
 *         'minio' => [
 *             'provider' => 'minio',
 *             'endpoint' => 'http://127.0.0.1:9000',
 *             'credentials' => ['key' => '${MINIO_KEY}', 'secret' => '${MINIO_SECRET}'],
 *         ],
 *         'aws' => ['region' => 'eu-central-1'],          // credentials: the standard AWS chain
 *     ],
 *     'buckets' => [
 *         'uploads' => ['server' => 'minio', 'bucket' => 'my-uploads', 'prefix' => 'uploads/'],
 *         'documents' => ['server' => 'aws', 'bucket' => 'company-docs'],
 *     ],
 * ]);
 *
 * $s3->write('images/photo.jpg', $bytes);
 * $bytes = $s3->read('images/photo.jpg');
 * $s3->bucket('documents')->delete('2025/draft.pdf');
 * ```
 *
 * Handles with the same server configuration use the same connections, also across requests of one process. A handle
 * can neither be cloned nor serialized; {@see self::bucket()} makes another one.
 *
 * @strict-properties
 * @not-serializable
 */
final class S3Storage implements Storage
{
    /**
     * Reads and checks a configuration: an array, or a file of the same keys.
     *
     * - An array is the configuration itself.
     * - A string is the path of a `.yaml`, `.yml`, `.toml` or `.json` file of at most 1 MiB; `open_basedir` holds,
     * and
     *   a relative path is one of the working directory. A file that has not changed is not read again.
     * - Null or nothing: the path is that of the ini setting `s3storage.config` or else of the environment variable
     *   `S3STORAGE_CONFIG`.
     *
     * A section `s3` (that of a `.rr.yaml`) is the configuration, whatever is beside it. So is a table `storage`, the
     * short form: keys of a server and of a bucket in one table, the alias is `default`, and `provider` may be `s3`.
     *
     * Nothing is connected to. Every problem is found at once: the message has one line for each, with its path, such
     * as `buckets.uploads.server: unknown server "aws-1"; known: aws, minio`.
     *
     * In every string, `${VAR}` stands for a variable and `${VAR:-default}` for one that may be missing; `$${` is a
     * literal `${`. Variables are looked up in `$_SERVER`, in `$_ENV`, in the SAPI's environment and in that of the
     * process. A null or an empty string counts as absent, and so does a `token` whose variable is missing.
     *
     * Keys:
     * - `default`: alias of the bucket that a new handle has selected. May be absent where there is exactly one
     * bucket.
     *
     * Keys of a server, all of them optional:
     * - `driver`: what serves its buckets: `s3` (default), `local` or `memory`. The keys that follow are of `s3`, but
     *   for `root` and `operation_timeout`.
     * - `root`: of `local`: the folder whose subfolders are the buckets.
     * - `provider`: what kind of server it is. Default: `aws` without an endpoint; with one, what the host tells
     * (`r2`,
     *   `b2`, `spaces`, `aws`), else `generic`.
     * - `region`: default is that of AWS_REGION, AWS_DEFAULT_REGION or the AWS profile. With an endpoint it is
     *   `us-east-1` where no variable is set, and `auto` for `r2`.
     * - `endpoint`: base URL; absent for AWS.
     * - `public_endpoint`: base URL of permanent and presigned URLs, where that is not the endpoint.
     * - `path_style`: whether the bucket is in the path of the URL and not in the host. Default: true with an
     * endpoint. - `credentials`: default is the standard AWS chain (environment, profile, SSO, web identity, ECS,
     * EC2). - `connect_timeout`: seconds for the name look-up, the connection and the TLS handshake. Default 3. -
     * `read_timeout`: seconds until the first byte of an answer, and for each silence in its body. Default 30. -
     * `operation_timeout`: seconds for a whole operation with its retries and its body. Default: no limit. -
     * `max_attempts`: how often a request is sent at most, 1 to 20. Default 3. - `ca_file`: a PEM file with the TLS
     * certificates to trust instead of the system's. - `proxy`: `http://host:port` of an HTTP proxy to the endpoint.
     *
     * Keys of a bucket:
     * - `server`, `bucket`: a name of `servers`, and the bucket's name there. Required.
     * - `prefix`: what every key begins with; a missing final `/` is added. Default: nothing.
     * - `visibility`: `public` or `private`, of objects that are written without one. Default `private`.
     * - `url`: base of permanent URLs, such as a CDN in front of the bucket.
     * - `acl`: when object ACLs are sent. `auto` (default): a visibility that a call asks for is sent, the bucket's
     * own
     *   only if it is `public` and the provider has object ACLs (`aws`, `spaces`, `ceph`). `on`: always. `off`:
     * never,
     *   for buckets with ACLs disabled; a call that asks for another visibility than the bucket's is refused.
     * - `max_concurrent_operations`: how many operations of this alias run at a time in a process; the others wait in
     * a
     *   fair queue, within `operation_timeout`. Default 100.
     * - `part_size`: bytes of a part of an upload, 5 MiB (the default) to 5 GiB; larger contents go in parts.
     * - `concurrency`: parts of one upload that are sent at once, 1 to 100. Default 5.
     *
     * Units: seconds, whole or not; bytes.
     * Requests: none.
     * Idempotent: yes.
     *
     * @param array{
     *     default?: string|null,
     *     servers: array<string, array{
     *         driver?: 's3'|'local'|'memory'|null,
     *         root?: string|null,
     *         provider?: 'aws'|'minio'|'r2'|'b2'|'spaces'|'ceph'|'garage'|'generic'|null,
     *         region?: string|null,
     *         endpoint?: string|null,
     *         public_endpoint?: string|null,
     *         path_style?: bool|'true'|'false'|'1'|'0'|null,
     *         credentials?: array{key: string, secret: string, token?: string|null}|null,
     *         connect_timeout?: int|float|numeric-string|null,
     *         read_timeout?: int|float|numeric-string|null,
     *         operation_timeout?: int|float|numeric-string|null,
     *         minimum_rate?: int|numeric-string|null,
     *         allow_link_local?: bool|null,
     *         max_attempts?: int|numeric-string|null,
     *         ca_file?: string|null,
     *         proxy?: string|null,
     *     }>,
     *     buckets?: array<string, array{
     *         server: string,
     *         bucket: string,
     *         prefix?: string|null,
     *         visibility?: 'public'|'private'|null,
     *         url?: string|null,
     *         acl?: 'auto'|'on'|'off'|null,
     *         part_size?: int|numeric-string|null,
     *         concurrency?: int|numeric-string|null,
     *     }>|null,
     * }|array{s3: array<string, mixed>}|array{storage: array<string, mixed>}|string|null $config
     *     The configuration, or the path of one. Never shown in a backtrace.
     *
     * @throws S3Storage\Exception\InvalidConfigException A key is unknown, a value is missing or wrong, or a variable
     *                                                    is not set; a file is missing or malformed (the message
     *                                                    names it, with line and column, and never quotes it);
     *                                                    nothing is configured at all.
     */
    public function __construct(#[SensitiveParameter] array|string|null $config = null)
    {
    }

    /**
     * What this process is doing: for a health page, or an operator.
     *
     * ```php
     * ['state' => $state, 'generation' => $generation] = S3Storage::status();
     * ```
     *
     * Shape:
     * - `state`: `disabled` (no handle was made in this process, and neither the ini setting `s3storage.config` nor
     *   the variable S3STORAGE_CONFIG names a configuration), `idle` (nothing was asked for yet), `serving`, or
     *   `stopping` (the process is shutting down; operations are refused with CANCELLED).
     * - `pid`: id of the process.
     * - `generation`: 0 before the first operation; then 1, or one more than that of the process that this one was
     *   forked from. A child has nothing of its parent's generation.
     * - `uptime`: seconds since the first operation; null before it.
     * - `grace_period`: seconds, the ini setting `s3storage.grace_period`.
     * - `threads`: threads of PHP that have connections; one at most, except in a thread-safe PHP.
     * - `runtime`: whether the running thread is one of them.
     * - `clients`: what this thread has open, the most recently used first. One for each server configuration: its
     *   `driver`, its `provider` (null unless the driver is `s3`), host and port of its `endpoint` (null for AWS, and
     *   where there is none), and its `connections`, those that wait for the next request (`idle`) and those that an
     *   open stream or a running call uses (`in_use`).
     * - `persistent_buckets`: how many buckets the process keeps, see {@see Storage::registerBucket()}.
     * - `configurations`: how many configurations this thread keeps, so that they need not be checked again.
     * - `middleware`: what stands around every operation, by weight: the lightest is the first to hear what begins.
     *   `log` and `events` have something to do where a handle has a logger or listeners.
     * - `versions`: of the extension and of what it is built of.
     *
     * No key, secret, path or user info is in it.
     *
     * Units: seconds.
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     *
     * @return array{
     *     state: 'disabled'|'idle'|'serving'|'stopping',
     *     pid: int,
     *     generation: int,
     *     uptime: float|null,
     *     grace_period: int,
     *     threads: int,
     *     runtime: bool,
     *     clients: list<array{
     *         driver: string,
     *         provider: string|null,
     *         endpoint: string|null,
     *         connections: array{idle: int, in_use: int},
     *     }>,
     *     persistent_buckets: int,
     *     configurations: int,
     *     middleware: list<array{name: string, weight: int}>,
     *     versions: array<string, string>,
     * }
     */
    public static function status(): array
    {
    }

    /**
     * A storage for the tests of an application: objects are in memory, nothing is sent anywhere, and failures come
     * when a test has scripted them ({@see self::failNext()}).
     *
     * Each call makes an empty storage of its own. It is freed with the last handle on it, and the last stream and
     * iterator of one.
     *
     * ```php
     * $s3 = S3Storage::fake(['uploads', 'documents' => ['prefix' => 'docs/', 'visibility' => 'public']]);
     * $s3->failNext('write', 'TIMEOUT');
     *
     * $application = new Application($s3);                // it type-hints S3Storage\Storage
     * ```
     *
     * Everything does what it does on a server, presigned URLs included: these lead to `https://memory.invalid/`,
     * where nothing is. What only a server has is UNSUPPORTED: versions, object locks, encryption, storage classes,
     * forms. The server of the buckets is called `fake`, for {@see Storage::registerBucket()}; a bucket that is
     * registered as `persistent` ends with the fake. Contents are outside of PHP's `memory_limit`.
     *
     * Requests: none.
     * Idempotent: no, each call makes another storage.
     *
     * @param array<int|string, string|array<string, mixed>> $buckets Names of aliases, and keys of a bucket
     *                                                                (as {@see self::__construct()} takes them;
     *                                                                `server` and `bucket` may be absent) by the name
     *                                                                of an alias. The first is the default.
     *
     * @throws S3Storage\Exception\InvalidArgumentException There is no bucket, or one is neither a name nor an array.
     * @throws S3Storage\Exception\InvalidConfigException   A key of a bucket is unknown or its value is wrong.
     */
    public static function fake(array $buckets = ['default']): S3Storage
    {
    }

    /**
     * What all operations did so far in this process, in Prometheus' text format: what {@see Storage::stats()} tells,
     * of all configurations together.
     *
     * A process tells of itself only. Behind php-fpm a scrape reaches one worker, and another one the next time:
     * gather the events of all workers instead, or have each push what it counts; `docs/observability.md` shows both.
     *
     * ```php
     * header('Content-Type: text/plain; version=0.0.4; charset=utf-8');
     * echo S3Storage::metrics();
     * ```
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     */
    public static function metrics(): string
    {
    }

    /**
     * Waits for futures; all of them go on meanwhile.
     *
     * ```php
     * [$head, $body] = S3Storage::await([$s3->readAsync('head.html'), $s3->readAsync('body.html')]);
     * ```
     *
     * Requests: none of its own.
     * Idempotent: yes.
     *
     * @param iterable<mixed, S3Storage\Future> $futures All of them are taken before the first is waited for.
     *
     * @return array<mixed> What each answers, under its key.
     *
     * @throws TypeError                        There is something else among them.
     * @throws S3Storage\Exception\S3Exception The failure of the first, in their order, that has failed; the others
     *                                         go on.
     */
    public static function await(iterable $futures): array
    {
    }

    /**
     * Makes `s3://alias/path` a name that PHP's own functions open, list, copy, rename and remove; for the rest of
     * this request. The hosts of the URLs are the aliases of `$storage`, in whichever bucket it is itself.
     *
     * ```php
     * S3Storage::registerStreamWrapper($s3);
     * file_put_contents('s3://uploads/2026/report.csv', $csv);
     * foreach (scandir('s3://uploads/2026') as $name) {
     *     echo $name, ' ', filesize("s3://uploads/2026/$name"), "\n";
     * }
     * ```
     *
     * Errors are warnings and `false`, as PHP's file functions have it; {@see self::getStreamError()} tells the last.
     * A write that fails as its stream is closed throws: `fclose`, `copy` and `file_put_contents` would call it done.
     * `docs/stream-wrapper.md` has every function, the options of a context, and the number of requests of each.
     *
     * Requests: none.
     * Idempotent: yes; a later call for the same protocol replaces the storage for what is opened from then on.
     *
     * @param S3Storage $storage  Whoever listens to it hears of what is done through the wrapper.
     * @param string    $protocol What stands before `://`: letters, digits, `+`, `-` and `.`.
     *
     * @throws S3Storage\Exception\InvalidArgumentException The protocol is none, or belongs to another wrapper.
     * @throws S3Storage\Exception\InvalidConfigException   The storage was not constructed.
     */
    public static function registerStreamWrapper(S3Storage $storage, string $protocol = 's3'): void
    {
    }

    /**
     * The last error of a stream wrapper in this request, as an exception that nobody threw; `null` if there was
     * none. What succeeds later does not clear it.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     */
    public static function getStreamError(): ?S3Storage\Exception\S3Exception
    {
    }

    /**
     * Lets the next calls of an operation fail on a fake, on each of its handles.
     *
     * A scripted failure throws what a server's would: the class of its code, with the operation and the pathname in
     * the message. TIMEOUT, CONNECTION_FAILED and THROTTLED are retryable, after 3 attempts. The operation does
     * nothing then. Failures are used up in the order of the script; one that is about another pathname waits for its
     * own.
     *
     * ```php
     * $s3->failNext('read', 'CONNECTION_FAILED');                     // the next read
     * $s3->failNext('write', 'QUOTA_EXCEEDED', 'reports/2026.pdf');   // the next write of this object
     * $s3->failNext('*', 'THROTTLED', times: 3);                      // three operations, whichever they are
     * ```
     *
     * In `readMany`, `writeMany`, `existsMany`, `getMetadataMany`, `copyMany` and `deleteMany` each object fails by
     * itself; a script for `write` is not one for `writeMany`. `list` and `listVersions` fail when a page is asked
     * for; `isHealthy` answers false.
     *
     * Requests: none.
     * Idempotent: no, each call scripts another failure.
     *
     * @param string      $operation Name of a method of {@see Storage} that asks a server for something; `*` is any.
     * @param string      $code      Code of the failure, such as `TIMEOUT`; every one but BATCH_FAILED, which comes
     * of
     *                               the failures of single objects.
     * @param string|null $pathname  What the call must be about: the text that is its first argument (a pathname, the
     *                               source of a copy, a prefix, a directory); null is anything.
     * @param int         $times     How often it fails, 1 or more.
     *
     * @throws S3Storage\Exception\UnsupportedException     The handle is not one of a fake.
     * @throws S3Storage\Exception\InvalidArgumentException The operation or the code is unknown (the message lists
     *                                                      those that are known), or `times` is less than 1.
     */
    public function failNext(string $operation, string $code, ?string $pathname = null, int $times = 1): void
    {
    }

    /**
     * Has a callable told of every operation that has ended, as an {@see OperationEvent}.
     *
     * It hears of all handles of the family: of the handle that was constructed, and those that came of it by
     * {@see self::bucket()}; for as long as one of them, or a stream or listing of one, is referred to, and until the
     * request ends.
     * It is called when the operation is over, before the method returns; for a listing or a stream that is left early
     * when that goes away. Events are in the order in which operations ended.
     *
     * It may use the storage; of what it does itself nobody is told. An exception that it throws comes out of the
     * method, whose work is done all the same (an object is written, a copy made), and whose result is lost; the
     * exception of the operation is its previous one. The others are told all the same.
     *
     * ```php
     * $s3->listen(fn (S3Storage\OperationEvent $event) => $statsd->timing("s3.$event->name", $event->duration));
     * ```
     *
     * Requests: none.
     * Idempotent: no; who is added twice is told twice.
     * Errors: none.
     *
     * @param callable(OperationEvent): mixed $listener Who is told. The answer is ignored.
     */
    public function listen(callable $listener): void
    {
    }

    /**
     * Tells a callable nothing any more; it may say so itself while it is called.
     *
     * The callable must be the one that was given (for a closure the same object). One that does not listen is no
     * error.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     *
     * @param callable $listener Who was told.
     */
    public function unlisten(callable $listener): void
    {
    }

    /**
     * Has a PSR-3 logger told what happens, in the place of the one before; null takes that away.
     *
     * Levels: `error` for an operation that failed, but `info` where its answer is "no such object", "not modified"
     * or "the condition does not hold", and `notice` where it was cancelled; `warning` for each request that was sent
     * again; `info` for an operation that was abandoned; `debug` for one that is done. What is less than the ini
     * setting `s3storage.log_level` (default `warning`, to be set anywhere) is not told. Without a logger nothing is
     * written anywhere.
     *
     * Neither message nor context has a secret or a signed URL in it. Context: `operation`, `bucket`, `pathname`,
     * `duration`, `bytes_in`, `bytes_out`, `requests`, `attempts`, `outcome`, `error_code`, `request_id`, as in
     * {@see OperationEvent}. Whom it hears of, when, and what its exceptions do: as for {@see self::listen()}.
     *
     * Requests: none.
     * Idempotent: yes.
     *
     * @param Psr\Log\LoggerInterface|object|null $logger An object with a public method
     *                                                    `log($level, $message, array $context)`.
     *
     * @throws TypeError It has no such method.
     */
    public function setLogger(?object $logger): void
    {
    }

    /**
     * Has a PSR-14 event dispatcher told of every operation, in the place of the one before; null takes that away.
     *
     * It gets what listeners get; see {@see self::listen()}.
     *
     * Requests: none.
     * Idempotent: yes.
     *
     * @param Psr\EventDispatcher\EventDispatcherInterface|object|null $dispatcher An object with a public method
     *                                                                             `dispatch(object $event)`.
     *
     * @throws TypeError It has no such method.
     */
    public function setEventDispatcher(?object $dispatcher): void
    {
    }

    /**
     * Joins requests to the span that is running in the application: W3C trace context.
     *
     * The callable is asked before the requests of each method, and of each page and read; what it answers is sent as
     * the headers `traceparent` and `tracestate`. No signature covers them, and URLs do not carry them.
     * `S3Storage\OpenTelemetry\Tracing` of the package `s3storage/adapters` gives one for OpenTelemetry, and makes
     * spans.
     *
     * ```php
     * $s3->setTraceContext(fn (): ?string => $_SERVER['HTTP_TRACEPARENT'] ?? null);
     * ```
     *
     * What it throws comes out of the method, before anything is sent. An answer that is no trace context is
     * INVALID_ARGUMENT there.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     *
     * @param (callable(): (string|array{traceparent?: string|null, tracestate?: string|null}|null))|null $context
     *     Answers a `traceparent`, both headers, or null where no span is running. Null takes the one before away.
     */
    public function setTraceContext(?callable $context): void
    {
    }

    /**
     * A handle with another bucket selected; it shares the registry with this one.
     *
     * Requests: none.
     * Idempotent: yes.
     *
     * @see Storage::bucket()
     *
     * @param string $alias Alias of a bucket.
     *
     * @throws S3Storage\Exception\BucketNotFoundException The alias is not registered; the message names those
     *                                                     that are.
     */
    public function bucket(string $alias): S3Storage
    {
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
        bool $persistent = false,
    ): void {
    }

    public function listBuckets(): array
    {
    }

    public function isHealthy(): bool
    {
    }

    public function stats(): array
    {
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
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
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
    }

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
    ): BatchResult {
    }

    public function downloadDirectory(
        string $prefix,
        string $directory,
        ?callable $filter = null,
        ?callable $progress = null,
        int $concurrency = 8,
        bool $throw = true,
    ): BatchResult {
    }

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
    ): SyncResult {
    }

    public function listUploads(string $prefix = ''): iterable
    {
    }

    public function abortUploads(DateTimeInterface|int $olderThan, string $prefix = ''): int
    {
    }

    public function read(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        #[SensitiveParameter] array $options = [],
    ): string {
    }

    public function readObject(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectContent {
    }

    public function readStream(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        ?callable $progress = null,
        #[SensitiveParameter] array $options = [],
    ) {
    }

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
    ): ObjectInfo {
    }

    public function openResponse(
        string $pathname,
        ?string $range = null,
        ?string $ifNoneMatch = null,
        ?string $ifRange = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectResponse {
    }

    public function sendFile(
        string $pathname,
        string $disposition = 'attachment',
        ?string $filename = null,
        #[SensitiveParameter] array $options = [],
    ): int {
    }

    public function exists(string $pathname): bool
    {
    }

    public function delete(
        string $pathname,
        ?string $ifMatch = null,
        #[SensitiveParameter] array $options = [],
    ): void {
    }

    public function readMany(iterable $pathnames, int $concurrency = 32, int $maxBuffered = 67108864): iterable
    {
    }

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
    ): BatchResult {
    }

    public function existsMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): BatchResult
    {
    }

    public function getMetadataMany(iterable $pathnames, int $concurrency = 32, bool $throw = true): BatchResult
    {
    }

    public function copyMany(
        iterable $pathnames,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        int $concurrency = 32,
        bool $throw = true,
    ): BatchResult {
    }

    public function deleteMany(iterable $pathnames, bool $throw = true): BatchResult
    {
    }

    public function deletePrefix(string $prefix, bool $all = false): int
    {
    }

    public function copy(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
    }

    public function move(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
    }

    public function getMetadata(
        string $pathname,
        bool $visibility = false,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
    }

    public function updateMetadata(
        string $pathname,
        ?string $contentType = null,
        ?string $cacheControl = null,
        ?string $contentDisposition = null,
        ?array $metadata = null,
        ?string $storageClass = null,
        #[SensitiveParameter] array $options = [],
    ): ObjectInfo {
    }

    public function getVisibility(string $pathname): string
    {
    }

    public function setVisibility(string $pathname, string $visibility): void
    {
    }

    public function getTags(string $pathname): array
    {
    }

    public function setTags(string $pathname, array $tags): void
    {
    }

    public function getObjectLock(string $pathname): ObjectLock
    {
    }

    public function setRetention(
        string $pathname,
        DateTimeInterface|int $retainUntil,
        string $mode = 'GOVERNANCE',
        bool $bypassGovernance = false,
    ): void {
    }

    public function setLegalHold(string $pathname, bool $on): void
    {
    }

    public function getPublicUrl(string $pathname, DateTimeInterface|int $expiresIn = 0): string
    {
    }

    public function presignGet(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $contentDisposition = null,
        #[SensitiveParameter] array $options = [],
    ): PresignedUrl {
    }

    public function presignPut(
        string $pathname,
        DateTimeInterface|int $expiresIn = 3600,
        ?string $contentType = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): PresignedUrl {
    }

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
    ): PresignedPost {
    }

    public function list(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
    ): iterable {
    }

    public function listPage(
        string $prefix = '',
        bool $recursive = true,
        ?int $limit = null,
        ?string $startAfter = null,
        ?string $continuationToken = null,
    ): ListPage {
    }

    public function listVersions(string $prefix = '', ?int $limit = null): iterable
    {
    }

    public function readAsync(
        string $pathname,
        int $offset = 0,
        ?int $length = null,
        ?string $ifMatch = null,
        ?string $ifNoneMatch = null,
        #[SensitiveParameter] array $options = [],
    ): Future {
    }

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
    ): Future {
    }

    public function existsAsync(string $pathname): Future
    {
    }

    public function deleteAsync(
        string $pathname,
        ?string $ifMatch = null,
        #[SensitiveParameter] array $options = [],
    ): Future {
    }

    public function getMetadataAsync(
        string $pathname,
        bool $visibility = false,
        #[SensitiveParameter] array $options = [],
    ): Future {
    }

    public function copyAsync(
        string $source,
        string $destination,
        ?string $destinationBucket = null,
        ?string $visibility = null,
        #[SensitiveParameter] array $options = [],
    ): Future {
    }
}
