<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * A conditional read found the object unchanged.
 *
 * The object has the ETag of `ifNoneMatch`: what the caller has is still right.
 *
 * Code `NOT_MODIFIED`, category `Backend`, HTTP status 304.
 */
class NotModifiedException extends OperationFailedException
{
}
