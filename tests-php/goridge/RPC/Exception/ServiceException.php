<?php

declare(strict_types=1);

namespace Spiral\Goridge\RPC\Exception;

/** A double of goridge's exception. */
class ServiceException extends RPCException
{
}
