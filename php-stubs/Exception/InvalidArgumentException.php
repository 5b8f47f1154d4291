<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * An option or value is wrong.
 *
 * Such as a negative offset, an unknown key of `options`, or a value that cannot be a header. Nothing was sent.
 * Arguments of a wrong PHP type are PHP's own `TypeError`.
 *
 * Code `INVALID_ARGUMENT`, category `Backend`, HTTP status 400.
 */
class InvalidArgumentException extends \InvalidArgumentException implements S3Exception
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
