<?php

// phpcs:disable PSR1.Classes.ClassDeclaration.MultipleClasses -- one of two declarations: a class that is not installed
// cannot be extended.

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use RuntimeException;
use Spiral\Goridge\RPC\Exception\ServiceException;

if (class_exists(ServiceException::class)) {
    /** A call failed. Where goridge is installed this is its `ServiceException`. */
    class RpcException extends ServiceException
    {
    }
} else {
    /** A call failed. Where goridge is installed this is its `ServiceException`. */
    class RpcException extends RuntimeException
    {
    }
}
