<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use RuntimeException;

/**
 * Credentials are missing, wrong, or not allowed to do this.
 *
 * Where there are none at all, the message names the places that were looked at. Some servers answer this for a
 * missing object too, where the credentials may not list the bucket.
 *
 * Code `PERMISSION_DENIED`, category `AccessDenied`, HTTP status 403.
 */
class PermissionDeniedException extends RuntimeException implements S3Exception
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
