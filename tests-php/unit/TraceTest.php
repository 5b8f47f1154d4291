<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use OpenTelemetry\API\Globals;
use OpenTelemetry\API\Trace\Span;
use S3Storage\OpenTelemetry\Tracing;

/** W3C trace context, and spans of OpenTelemetry (doubles of its interfaces). */
final class TraceTest extends StorageTestCase
{
    private const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    protected function tearDown(): void
    {
        Globals::$provider = Span::$current = null;
        parent::tearDown();
    }

    public function testRequestsOfBothPlanesCarryTheContextAndUrlsDoNot(): void
    {
        $empty = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
        $faults = new FaultServer([FaultServer::answer(200, '', 'ETag: "x"'), FaultServer::answer(200, $empty)]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint]);
        $s3->setTraceContext(static fn (): array => ['traceparent' => self::PARENT, 'tracestate' => 'a=1']);
        $s3->write('a', 'x');
        $s3->listPage();
        $heads = $faults->heads();
        self::assertCount(2, $heads);
        foreach ($heads as $head) {
            self::assertStringContainsString("\r\ntraceparent: " . self::PARENT . "\r\n", $head);
            self::assertStringContainsString("\r\ntracestate: a=1\r\n", $head);
            self::assertMatchesRegularExpression('/SignedHeaders=(?!\S*trace)/', $head);
        }
        self::assertStringNotContainsString('trace', $s3->presignGet('a')->url);
        $s3->setTraceContext(null);
        $s3->listPage();
        self::assertStringNotContainsString('trace', $faults->heads()[2]);
    }

    public function testTheServerAcceptsIt(): void
    {
        $this->s3->setTraceContext(static fn (): string => self::PARENT);
        $this->s3->write('a', 'content');
        self::assertSame('content', $this->s3->read('a'));
        self::assertSame(['a'], self::pathnames($this->s3->list()));
        $this->s3->setTraceContext(static fn () => null);
        self::assertSame('content', $this->s3->read('a'));
    }

    public function testWhatIsNoContextIsRefused(): void
    {
        foreach (['', 'x', self::PARENT . "\r\nx: y", 7, ['traceparent' => 7], new \stdClass()] as $wrong) {
            $this->s3->setTraceContext(static fn () => $wrong);
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->exists('a'));
        }
        $this->s3->setTraceContext(static fn () => throw new \LogicException('no span'));
        $this->expectException(\LogicException::class);
        $this->s3->exists('a');
    }

    public function testOpenTelemetryGetsSpans(): void
    {
        $tracer = new RecordingTracer();
        Globals::$provider = Span::$current = $tracer;
        Tracing::attach($this->s3);
        $this->s3->write('a', 'content');
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('none'));
        [$write, $read] = $tracer->spans;
        self::assertSame('S3 write', $write['name']);
        self::assertSame(7, $write['attributes']['s3storage.bytes_out']);
        self::assertGreaterThan($write['start'], $write['end']);
        self::assertSame('Error FILE_NOT_FOUND', $read['status']);
        self::assertSame('FILE_NOT_FOUND', $read['attributes']['error.type']);
        self::assertArrayNotHasKey('error.type', $write['attributes']);
    }

    public function testOpenTelemetryGivesItsContext(): void
    {
        $faults = new FaultServer([FaultServer::answer(200, '', 'ETag: "x"')]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint]);
        Span::$current = new RecordingTracer();
        Tracing::attach($s3, new RecordingTracer());
        $s3->exists('a');
        Span::$current = new RecordingTracer(isValid: false);
        $s3->exists('a');
        [$traced, $untraced] = $faults->heads();
        self::assertStringContainsString('traceparent: ' . self::PARENT, $traced);
        self::assertStringContainsString('tracestate: vendor=1', $traced);
        self::assertStringNotContainsString('traceparent', $untraced);
    }
}
