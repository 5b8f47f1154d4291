<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface TracerProviderInterface
{
    public function getTracer(string $name, ?string $version = null): TracerInterface;
}
