<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * An operation that goes on while the script does something else; what {@see Storage::readAsync()} and its sisters
 * return.
 *
 * Another thread of the process drives it, over connections of its own: it makes progress while PHP computes. The
 * limits of a bucket hold for futures and calls together.
 *
 * Destroying a future cancels what only reads. A write, delete or copy goes on to its end, and a failure that nobody
 * awaited is in PHP's log. What is under way when a script ends goes on; the process waits for it within
 * `s3storage.grace_period`.
 *
 * In a forked child the futures of its parent cannot be awaited.
 *
 * ```php
 * $report = $s3->readAsync('report.csv');
 * $page = render();                            // goes on meanwhile
 * echo $page, $report->await();
 * ```
 *
 * @strict-properties
 * @not-serializable
 */
final class Future
{
    /**
     * Only a method of {@see Storage} makes one.
     */
    private function __construct()
    {
    }

    /**
     * The result, waited for if it is not there yet. Signals are attended to meanwhile; a handler that throws ends
     * the wait, and leaves the operation alone. Asked again it answers the same.
     *
     * Within a fiber it waits as everywhere, and holds up the thread: {@see Revolt\Futures::await()} suspends
     * instead.
     *
     * Requests: none of its own.
     * Idempotent: yes.
     *
     * @throws Exception\CancelledException The future was cancelled, or the process is shutting down.
     * @throws Exception\S3Exception        Those of the operation.
     */
    public function await(): mixed
    {
    }

    /**
     * Whether {@see self::await()} would not wait: it is done, has failed, or is cancelled.
     *
     * Requests: none.
     * Idempotent: yes.
     * Errors: none.
     */
    public function isComplete(): bool
    {
    }

    /**
     * Gives the operation up, unless it is complete. What it has sent is not taken back: a write that is cancelled
     * may be done or not.
     *
     * Requests: those that leave nothing behind of it, such as the abort of an upload in parts.
     * Idempotent: yes.
     * Errors: none.
     */
    public function cancel(): void
    {
    }

    /**
     * A stream for an event loop: readable while a future of this thread has completed that {@see
     * self::getCompleted()} has not told of. It is watched, not read.
     *
     * Requests: none.
     * Idempotent: yes; each call makes another stream.
     *
     * @return resource
     *
     * @throws Exception\OperationFailedException No descriptor is left.
     */
    public static function getStream()
    {
    }

    /**
     * The futures of this thread that have completed since this was last asked, as far as they are still there.
     *
     * Requests: none.
     * Idempotent: no, each is told of once.
     *
     * @return list<Future>
     *
     * @throws Exception\OperationFailedException No descriptor is left.
     */
    public static function getCompleted(): array
    {
    }
}
