<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use S3Storage\OperationEvent;
use Symfony\Contracts\Service\ResetInterface;

/**
 * What was done since the last reset, for the profiler. Memory is bounded: of many operations only the first are kept.
 *
 * @internal
 */
final class OperationRecorder implements ResetInterface
{
    public const KEPT = 500;

    private const NOTHING = ['operations' => 0, 'failed' => 0, 'requests' => 0, 'attempts' => 0, 'seconds' => 0.0,
        'bytesIn' => 0, 'bytesOut' => 0];

    /** @var array<string, int|float> */
    private array $totals = self::NOTHING;

    /** @var list<array<string, mixed>> */
    private array $operations = [];

    public function record(string $instance, OperationEvent $event): void
    {
        $this->totals['operations']++;
        $this->totals['failed'] += (int) ($event->outcome === 'failed');
        $this->totals['requests'] += $event->requests;
        $this->totals['attempts'] += $event->attempts;
        $this->totals['seconds'] += $event->duration;
        $this->totals['bytesIn'] += $event->bytesIn;
        $this->totals['bytesOut'] += $event->bytesOut;
        if (count($this->operations) < self::KEPT) {
            $this->operations[] = ['instance' => $instance] + get_object_vars($event);
        }
    }

    /** @return array{totals: array<string, int|float>, operations: list<array<string, mixed>>} */
    public function recorded(): array
    {
        return ['totals' => $this->totals, 'operations' => $this->operations];
    }

    public function reset(): void
    {
        $this->totals = self::NOTHING;
        $this->operations = [];
    }
}
