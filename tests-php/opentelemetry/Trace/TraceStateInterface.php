<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface TraceStateInterface
{
    public function __toString(): string;
}
