<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use Symfony\Bundle\FrameworkBundle\DataCollector\AbstractDataCollector;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\DataCollector\LateDataCollectorInterface;
use Throwable;

/**
 * The profiler's panel. It collects late, so that what a streamed response does is in it.
 *
 * @internal
 */
final class StorageDataCollector extends AbstractDataCollector implements LateDataCollectorInterface
{
    public function __construct(private readonly OperationRecorder $recorder)
    {
        $this->reset();
    }

    public function collect(Request $request, Response $response, ?Throwable $exception = null): void
    {
    }

    public function lateCollect(): void
    {
        $this->data = $this->recorder->recorded();
    }

    public function reset(): void
    {
        $this->data = (new OperationRecorder())->recorded();
    }

    /** @return array<string, int|float> `seconds`, and counts; bytes are of contents. */
    public function getTotals(): array
    {
        return $this->data['totals'];
    }

    /** @return list<array<string, mixed>> The properties of events, and the instance. */
    public function getOperations(): array
    {
        return $this->data['operations'];
    }

    public function getName(): string
    {
        return 's3storage';
    }

    public static function getTemplate(): string
    {
        return '@S3Storage/collector.html.twig';
    }
}
