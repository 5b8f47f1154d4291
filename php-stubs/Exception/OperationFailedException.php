<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * An operation failed in a way that no other class describes.
 *
 * Also the parent of failures that need no handling of their own in most applications: throttling, time limits, broken
 * connections, conditions, checksums, and what a server cannot do. These have codes of their own.
 *
 * Code `S3_OPERATION_FAILED`, category `Backend`, HTTP status 500.
 */
class OperationFailedException extends RuntimeException implements S3Exception
{
    public function getErrorCode(): string
    {
    }

    public function getDetails(): string
    {
    }

    public function getCategory(): string
    {
    }

    public function getHttpStatus(): int
    {
    }

    public function getAwsErrorCode(): ?string
    {
    }

    public function getRequestId(): ?string
    {
    }

    public function isRetryable(): bool
    {
    }

    public function getAttempts(): int
    {
    }
}
