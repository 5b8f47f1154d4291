<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface TracerInterface
{
    public function spanBuilder(string $spanName): SpanBuilderInterface;
}
