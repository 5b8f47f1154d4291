<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * The caller ended the operation before its time.
 *
 * A progress callback returned false. A multipart upload is aborted; what was written before stays as it was.
 *
 * Code `CANCELLED`, category `Backend`, HTTP status 499.
 */
class CancelledException extends OperationFailedException
{
}
