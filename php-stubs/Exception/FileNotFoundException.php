<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * There is no such object, or no such version of it.
 *
 * Code `FILE_NOT_FOUND`, category `NotFound`, HTTP status 404.
 */
class FileNotFoundException extends RuntimeException implements S3Exception
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
