<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double: the running span. */
abstract class Span
{
    public static ?SpanInterface $current = null;

    public static function getCurrent(): SpanInterface
    {
        return self::$current ?? throw new \LogicException("no span");
    }
}
