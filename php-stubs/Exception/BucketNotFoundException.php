<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * There is no such bucket.
 *
 * Either the alias is not registered, and the message names those that are; or no bucket is selected and the
 * configuration has no default; or the bucket is missing on its server.
 *
 * Code `BUCKET_NOT_FOUND`, category `NotFound`, HTTP status 404.
 */
class BucketNotFoundException extends RuntimeException implements S3Exception
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
