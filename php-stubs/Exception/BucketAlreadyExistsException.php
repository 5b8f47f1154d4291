<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * The bucket alias is registered already.
 *
 * Code `BUCKET_ALREADY_EXISTS`, category `Backend`, HTTP status 409.
 */
class BucketAlreadyExistsException extends RuntimeException implements S3Exception
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
