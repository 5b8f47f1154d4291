<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * The bytes are not those that were sent, or that the server vouched for.
 *
 * Code `CHECKSUM_MISMATCH`, category `Backend`, HTTP status 502.
 */
class ChecksumMismatchException extends OperationFailedException
{
}
