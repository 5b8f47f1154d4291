<?php

declare(strict_types=1);

namespace Spiral\Goridge\RPC\Exception;

use Spiral\Goridge\Exception\GoridgeException;

/** A double of goridge's exception. */
class RPCException extends GoridgeException
{
}
