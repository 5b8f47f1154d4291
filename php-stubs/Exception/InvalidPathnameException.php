<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * A pathname or prefix breaks a rule.
 *
 * It is empty, not UTF-8, longer than 1024 bytes with the bucket's prefix, or has a NUL byte or a segment `.` or `..`.
 * Nothing was sent.
 *
 * Code `INVALID_PATHNAME`, category `Backend`, HTTP status 400.
 */
class InvalidPathnameException extends RuntimeException implements S3Exception
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
