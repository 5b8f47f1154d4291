<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use OpenTelemetry\API\Trace\SpanBuilderInterface;
use OpenTelemetry\API\Trace\SpanContextInterface;
use OpenTelemetry\API\Trace\SpanInterface;
use OpenTelemetry\API\Trace\TracerInterface;
use OpenTelemetry\API\Trace\TracerProviderInterface;
use OpenTelemetry\API\Trace\TraceStateInterface;

/** All of OpenTelemetry in one object, which remembers the spans that were ended. */
final class RecordingTracer implements
    TracerProviderInterface,
    TracerInterface,
    SpanBuilderInterface,
    SpanInterface,
    SpanContextInterface,
    TraceStateInterface
{
    /** @var list<array<string, mixed>> */
    public array $spans = [];

    /** @var array<string, mixed> */
    private array $span = [];

    public function __construct(private readonly bool $isValid = true)
    {
    }

    public function getTracer(string $name, ?string $version = null): TracerInterface
    {
        return $this;
    }

    public function spanBuilder(string $spanName): SpanBuilderInterface
    {
        $this->span = ['name' => $spanName];
        return $this;
    }

    public function setSpanKind(int $spanKind): SpanBuilderInterface
    {
        $this->span['kind'] = $spanKind;
        return $this;
    }

    public function setStartTimestamp(int $timestampNanos): SpanBuilderInterface
    {
        $this->span['start'] = $timestampNanos;
        return $this;
    }

    public function setAttributes(iterable $attributes): SpanBuilderInterface
    {
        $this->span['attributes'] = $attributes;
        return $this;
    }

    public function startSpan(): SpanInterface
    {
        return $this;
    }

    public function setStatus(string $code, ?string $description = null): SpanInterface
    {
        $this->span['status'] = "$code $description";
        return $this;
    }

    public function end(?int $endEpochNanos = null): void
    {
        $this->spans[] = $this->span + ['end' => $endEpochNanos];
    }

    public function getContext(): SpanContextInterface
    {
        return $this;
    }

    public function isValid(): bool
    {
        return $this->isValid;
    }

    public function getTraceId(): string
    {
        return '4bf92f3577b34da6a3ce929d0e0e4736';
    }

    public function getSpanId(): string
    {
        return '00f067aa0ba902b7';
    }

    public function getTraceFlags(): int
    {
        return 1;
    }

    public function getTraceState(): ?TraceStateInterface
    {
        return $this;
    }

    public function __toString(): string
    {
        return 'vendor=1';
    }
}
