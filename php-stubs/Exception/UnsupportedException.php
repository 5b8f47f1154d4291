<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * The server cannot do this.
 *
 * Such as making a single object public on a server without object ACLs.
 *
 * Code `UNSUPPORTED`, category `Backend`, HTTP status 501.
 */
class UnsupportedException extends OperationFailedException
{
}
