<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * A visibility is neither `public` nor `private`.
 *
 * Nothing was sent.
 *
 * Code `INVALID_VISIBILITY`, category `Backend`, HTTP status 400.
 */
class InvalidVisibilityException extends RuntimeException implements S3Exception
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
