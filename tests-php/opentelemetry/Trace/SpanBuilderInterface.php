<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface SpanBuilderInterface
{
    public function setSpanKind(int $spanKind): self;

    public function setStartTimestamp(int $timestampNanos): self;

    /** @param iterable<string, mixed> $attributes */
    public function setAttributes(iterable $attributes): self;

    public function startSpan(): SpanInterface;
}
