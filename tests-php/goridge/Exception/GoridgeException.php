<?php

declare(strict_types=1);

namespace Spiral\Goridge\Exception;

/** A double of goridge's exception. */
class GoridgeException extends \RuntimeException
{
}
