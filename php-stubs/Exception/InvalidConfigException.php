<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * The configuration is wrong.
 *
 * The message has one line for each problem, with its path. Nothing was sent.
 *
 * Code `INVALID_CONFIG`, category `Backend`, HTTP status 500.
 */
class InvalidConfigException extends RuntimeException implements S3Exception
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
