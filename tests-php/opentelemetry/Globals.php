<?php

declare(strict_types=1);

namespace OpenTelemetry\API;

use OpenTelemetry\API\Trace\TracerProviderInterface;

/** A double: the provider of the process. */
final class Globals
{
    public static ?TracerProviderInterface $provider = null;

    public static function tracerProvider(): TracerProviderInterface
    {
        return self::$provider ?? throw new \LogicException("no provider");
    }
}
