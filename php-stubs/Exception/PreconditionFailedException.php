<?php

declare(strict_types=1);

namespace S3Storage\Exception;

/**
 * A condition (`ifMatch`, or `ifNoneMatch` of a write) did not hold.
 *
 * Code `PRECONDITION_FAILED`, category `Backend`, HTTP status 412.
 */
class PreconditionFailedException extends OperationFailedException
{
}
