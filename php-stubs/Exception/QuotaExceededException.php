<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * The object is too large, or there is no space left on the server.
 *
 * Code `QUOTA_EXCEEDED`, category `QuotaExceeded`, HTTP status 413.
 */
class QuotaExceededException extends RuntimeException implements S3Exception
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
