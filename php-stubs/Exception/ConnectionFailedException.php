<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * No connection could be made, or it broke.
 *
 * A write whose connection broke may have been applied nevertheless.
 *
 * Code `CONNECTION_FAILED`, category `Backend`, HTTP status 502.
 */
class ConnectionFailedException extends OperationFailedException
{
}
