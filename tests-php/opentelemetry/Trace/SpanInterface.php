<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface SpanInterface
{
    public function getContext(): SpanContextInterface;

    public function setStatus(string $code, ?string $description = null): self;

    public function end(?int $endEpochNanos = null): void;
}
