<?php

declare(strict_types=1);

namespace S3Storage\OpenTelemetry;

use OpenTelemetry\API\Globals;
use OpenTelemetry\API\Trace\Span;
use OpenTelemetry\API\Trace\SpanKind;
use OpenTelemetry\API\Trace\StatusCode;
use OpenTelemetry\API\Trace\TracerInterface;
use OpenTelemetry\API\Trace\TracerProviderInterface;
use S3Storage;
use S3Storage\OperationEvent;

/**
 * A span of OpenTelemetry for each operation, and the running span as the parent of what the server traces.
 *
 * ```php
 * S3Storage\OpenTelemetry\Tracing::attach($s3);   // needs open-telemetry/api, and a provider that is set up
 * ```
 *
 * A span is made when the operation is over, with the times between which it was: its parent is the span that was
 * running in the application, which is also what the requests carry (`traceparent`). Names and attributes of
 * operations are those of {@see OperationEvent}.
 */
final class Tracing
{
    private function __construct(private readonly TracerInterface $tracer)
    {
    }

    /**
     * Traces every operation of the family of a handle, until the request ends.
     *
     * @param S3Storage                    $s3       Any handle of the family.
     * @param TracerProviderInterface|null $provider Who makes tracers; null is the process's (`Globals`).
     */
    public static function attach(S3Storage $s3, ?TracerProviderInterface $provider = null): void
    {
        $tracing = new self(($provider ?? Globals::tracerProvider())->getTracer('s3storage', phpversion('s3storage')));
        $s3->setTraceContext(self::context(...));
        $s3->listen($tracing->record(...));
    }

    /** @return array{traceparent: string, tracestate: string|null}|null */
    private static function context(): ?array
    {
        $context = Span::getCurrent()->getContext();
        if (!$context->isValid()) {
            return null;
        }
        return [
            'traceparent' => sprintf(
                '00-%s-%s-%02x',
                $context->getTraceId(),
                $context->getSpanId(),
                $context->getTraceFlags(),
            ),
            'tracestate' => $context->getTraceState()?->__toString(),
        ];
    }

    private function record(OperationEvent $event): void
    {
        $end = (int) (microtime(true) * 1e9);
        $span = $this->tracer->spanBuilder("S3 $event->name")
            ->setSpanKind(SpanKind::KIND_CLIENT)
            ->setStartTimestamp($end - (int) ($event->duration * 1e9))
            ->setAttributes(array_filter(self::attributes($event), static fn ($value): bool => $value !== null))
            ->startSpan();
        if ($event->errorCode !== null) {
            $span->setStatus(StatusCode::STATUS_ERROR, $event->errorCode);
        }
        $span->end($end);
    }

    /** @return array<string, string|int|null> */
    private static function attributes(OperationEvent $event): array
    {
        return [
            's3storage.operation' => $event->name,
            's3storage.bucket' => $event->bucket,
            's3storage.pathname' => $event->pathname,
            's3storage.outcome' => $event->outcome,
            's3storage.bytes_in' => $event->bytesIn,
            's3storage.bytes_out' => $event->bytesOut,
            's3storage.requests' => $event->requests,
            's3storage.attempts' => $event->attempts,
            'error.type' => $event->errorCode,
            'aws.request_id' => $event->requestId,
        ];
    }
}
