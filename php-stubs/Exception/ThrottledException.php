<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * The server asked to slow down, and still did after the last attempt.
 *
 * Code `THROTTLED`, category `QuotaExceeded`, HTTP status 413.
 */
class ThrottledException extends OperationFailedException
{
}
