<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * An operation that has ended: what listeners ({@see \S3Storage::listen()}) and event dispatchers
 * ({@see \S3Storage::setEventDispatcher()}) are told.
 *
 * There is one for each method and object: an upload in many parts is one, and so is a listing of many pages, whose
 * requests are counted. Of `readMany`, `writeMany` and their sisters, and of directories, there is one for each object
 * (`read`, `write`, `exists`, `getMetadata`, `copy`, `uploadFile`, `downloadFile`) and none for the whole;
 * `deleteMany` is one for each 1,000 objects. What sends no request, such as making a URL, and what is refused before
 * it begins, such as a bad pathname, is none.
 *
 * ```php
 * $s3->listen(function (S3Storage\OperationEvent $event): void {
 *     if ($event->duration > 1.0) {
 *         error_log("$event->name $event->pathname took $event->duration s, $event->attempts requests");
 *     }
 * });
 * ```
 *
 * @strict-properties
 */
final class OperationEvent
{
    /**
     * What was asked for, by the name of the method: `write`, `writeStream`, `uploadFile`, `downloadFile`, `read` (also
     * for `readObject`), `readStream`, `openResponse` (also for `sendFile`), `exists`, `getMetadata`, `updateMetadata`,
     * `getVisibility`, `setVisibility`, `getTags`, `setTags`, `getObjectLock`, `setRetention`, `setLegalHold`, `copy`,
     * `move`, `delete`, `deleteMany`, `deletePrefix`, `list`, `listPage`, `listVersions`, `listUploads`,
     * `abortUploads`, `isHealthy`.
     */
    public readonly string $name;

    /**
     * The alias of the bucket.
     */
    public readonly string $bucket;

    /**
     * The pathname, of a copy or move that of the source; or the prefix of a listing. Null where there is none.
     */
    public readonly ?string $pathname;

    /**
     * How it ended: `done`; `failed`, with an exception, also where that says that there is no such object;
     * `abandoned`, where nobody waited for the end: a stream that was closed or a loop that was left early, a call that
     * `memory_limit`, or an exception of a signal handler or progress callback, ended. A progress callback that returns
     * false makes it `failed`, with `CANCELLED`.
     *
     * @var 'done'|'failed'|'abandoned'
     */
    public readonly string $outcome;

    /**
     * Seconds that it worked. What the script does between two pages of a listing, or two reads of a stream, does not
     * count.
     */
    public readonly float $duration;

    /**
     * Bytes of content that were received.
     */
    public readonly int $bytesIn;

    /**
     * Bytes of content that were written.
     */
    public readonly int $bytesOut;

    /**
     * Requests that it needed, each counted once.
     */
    public readonly int $requests;

    /**
     * Requests that were sent, those that were sent again included.
     */
    public readonly int $attempts;

    /**
     * The code of the exception, such as `FILE_NOT_FOUND`; null unless it failed.
     */
    public readonly ?string $errorCode;

    /**
     * The server's id of the request that failed, or else of the last one that it answered; null where it gave none.
     */
    public readonly ?string $requestId;

    /**
     * Makes an event, for the tests and doubles of an application.
     *
     * @param string                      $name      What was asked for.
     * @param string                      $bucket    Alias of a bucket.
     * @param string|null                 $pathname  What it was about.
     * @param 'done'|'failed'|'abandoned' $outcome   How it ended.
     * @param float                       $duration  Seconds.
     * @param int                         $bytesIn   Bytes.
     * @param int                         $bytesOut  Bytes.
     * @param int                         $requests  Requests.
     * @param int                         $attempts  Requests, repeated ones included.
     * @param string|null                 $errorCode Code of an exception.
     * @param string|null                 $requestId The server's id.
     */
    public function __construct(
        string $name,
        string $bucket,
        ?string $pathname = null,
        string $outcome = 'done',
        float $duration = 0.0,
        int $bytesIn = 0,
        int $bytesOut = 0,
        int $requests = 0,
        int $attempts = 0,
        ?string $errorCode = null,
        ?string $requestId = null,
    ) {
    }
}
