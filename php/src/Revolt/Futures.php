<?php

declare(strict_types=1);

namespace S3Storage\Revolt;

use Revolt\EventLoop;
use Revolt\EventLoop\Driver;
use Revolt\EventLoop\Suspension;
use S3Storage\Future;
use WeakMap;

/**
 * Waits for futures of the extension on Revolt's event loop, which amphp and others run on: a fiber that waits is
 * suspended, and everything else goes on.
 *
 *     use function Amp\async;
 *
 *     $page = async(fn () => Futures::await($s3->readAsync('page.html')));
 *
 * The loop watches one stream, whatever the number of futures, and only while somebody waits: it keeps no loop alive.
 */
final class Futures
{
    /** @var WeakMap<Driver, self>|null */
    private static ?WeakMap $ofLoops = null;

    /** @var WeakMap<Future, list<Suspension<null>>> */
    private readonly WeakMap $waiting;

    private readonly string $callbackId;

    private int $count = 0;

    private function __construct()
    {
        $this->waiting = new WeakMap();
        $this->callbackId = EventLoop::unreference(EventLoop::onReadable(Future::getStream(), $this->resume(...)));
    }

    /**
     * What the future answers, or throws: as {@see Future::await()}. From the main fiber too, where the loop runs
     * meanwhile.
     */
    public static function await(Future $future): mixed
    {
        if (!$future->isComplete()) {
            self::$ofLoops ??= new WeakMap();
            $here = self::$ofLoops[EventLoop::getDriver()] ??= new self();
            $here->suspend($future);
        }
        return $future->await();
    }

    /**
     * What each of them answers, under its key; they go on together.
     *
     * @template K
     * @param iterable<K, Future> $futures
     * @return array<K, mixed>
     */
    public static function awaitAll(iterable $futures): array
    {
        $answers = [];
        foreach ([...self::entries($futures)] as [$key, $future]) {
            $answers[$key] = self::await($future);
        }
        return $answers;
    }

    /**
     * @param iterable<mixed, Future> $futures
     * @return iterable<array{mixed, Future}>
     */
    private static function entries(iterable $futures): iterable
    {
        foreach ($futures as $key => $future) {
            yield [$key, $future];
        }
    }

    private function suspend(Future $future): void
    {
        $suspension = EventLoop::getSuspension();
        $this->waiting[$future] = [...($this->waiting[$future] ?? []), $suspension];
        if ($this->count++ === 0) {
            EventLoop::reference($this->callbackId);
        }
        try {
            $suspension->suspend();
        } finally {
            if (--$this->count === 0) {
                EventLoop::unreference($this->callbackId);
            }
        }
    }

    private function resume(): void
    {
        foreach (Future::getCompleted() as $future) {
            $suspensions = $this->waiting[$future] ?? [];
            unset($this->waiting[$future]);
            foreach ($suspensions as $suspension) {
                $suspension->resume();
            }
        }
    }
}
