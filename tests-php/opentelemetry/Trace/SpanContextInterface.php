<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with what is used of it. */
interface SpanContextInterface
{
    public function isValid(): bool;

    public function getTraceId(): string;

    public function getSpanId(): string;

    public function getTraceFlags(): int;

    public function getTraceState(): ?TraceStateInterface;
}
