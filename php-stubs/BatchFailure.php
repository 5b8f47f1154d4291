<?php

declare(strict_types=1);

namespace S3Storage;

use S3Storage\Exception\S3Exception;

/**
 * An object of a batch that failed; an entry of {@see BatchResult::$failed}.
 *
 * @strict-properties
 */
final class BatchFailure
{
    /**
     * The pathname, byte for byte as it was given.
     */
    public readonly string $pathname;

    /**
     * Why: what a call for this object alone would have thrown. It was not thrown.
     */
    public readonly S3Exception $exception;

    /**
     * Makes a failure, for the tests and doubles of an application.
     *
     * @param string      $pathname  The pathname.
     * @param S3Exception $exception The reason.
     */
    public function __construct(string $pathname, S3Exception $exception)
    {
    }
}
