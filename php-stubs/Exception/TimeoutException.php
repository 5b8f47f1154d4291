<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * A time limit passed.
 *
 * The server was silent for longer than `read_timeout`, or the operation took longer than `operation_timeout`. A write
 * may have been applied nevertheless.
 *
 * Code `TIMEOUT`, category `Backend`, HTTP status 504.
 */
class TimeoutException extends OperationFailedException
{
}
