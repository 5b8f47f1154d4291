<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use S3Storage\BatchResult;

/**
 * Some objects of a batch failed; the others are done.
 *
 * The message names the first failure, the result all of them. `isRetryable()` is true if each failure is. Where
 * another exception ended a batch early, this one stands behind it, as its last previous one, and tells what was done.
 *
 * Code `BATCH_FAILED`, category `Backend`, HTTP status 500.
 */
class BatchFailedException extends OperationFailedException
{
    /**
     * What came of each object. Empty in an exception that an application made itself.
     */
    public function getResult(): BatchResult
    {
    }
}
