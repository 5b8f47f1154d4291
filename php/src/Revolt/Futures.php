<?php

declare(strict_types=1);

namespace S3Storage\Revolt;

use Amp\Cancellation;
use Revolt\EventLoop;
use Revolt\EventLoop\Driver;
use Revolt\EventLoop\Suspension;
use S3Storage\Future;
use SplObjectStorage;
use SplQueue;
use Throwable;
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
 * However many futures complete at once, timers and other streams have their turn in between.
 */
final class Futures
{
    /** So many fibers go on in one turn of the loop. */
    private const IN_A_TURN = 16;

    /** So many nanoseconds may one fiber take until the loop has a turn. */
    private const OF_A_TURN = 2_000_000;

    /** @var WeakMap<Driver, self>|null */
    private static ?WeakMap $ofLoops = null;

    /** @var WeakMap<Future, SplObjectStorage>|null Suspensions, of all loops: whichever hears of a future resumes them. */
    private static ?WeakMap $waiting = null;

    /** @var SplQueue<Future> Those that have completed, and whose fibers wait for a turn of the loop. */
    private readonly SplQueue $completed;

    private readonly int $pid;

    private readonly string $callbackId;

    private bool $hasRest = false;

    private int $count = 0;

    private function __construct()
    {
        self::$waiting ??= new WeakMap();
        $this->completed = new SplQueue();
        $this->pid = (int) getmypid();
        $this->callbackId = EventLoop::unreference(EventLoop::onReadable(Future::getStream(), function (): void {
            foreach (Future::getCompleted() as $future) {
                $this->completed->enqueue($future);
            }
            // Else the rest of those before has its turn already.
            if (!$this->hasRest) {
                $this->resume();
            }
        }));
    }

    /**
     * What the future answers, or throws: as {@see Future::await()}. From the main fiber too, where the loop runs
     * meanwhile.
     *
     * A cancellation ends the wait with its reason, an `Amp\CancelledException`. The operation is another matter: it
     * ends as every other does, with {@see Future::cancel()}, or, if it only reads, with the last reference to the
     * future.
     */
    public static function await(Future $future, ?Cancellation $cancellation = null): mixed
    {
        if (!$future->isComplete()) {
            self::here()->suspend($future, $cancellation);
        }
        return $future->await();
    }

    /**
     * What each of them answers, under its key; they go on together. The first failure in their order is thrown, and
     * the others go on. The loop has its turns while a generator makes many of them, and while their answers are taken.
     *
     * @template K
     * @param iterable<K, Future> $futures
     * @return array<K, mixed>
     */
    public static function awaitAll(iterable $futures, ?Cancellation $cancellation = null): array
    {
        [$all, $answers] = [[], []];
        $since = hrtime(true);
        foreach ($futures as $key => $future) {
            $all[] = [$key, $future];
            self::takeTurns($since);
        }
        foreach ($all as [$key, $future]) {
            $answers[$key] = self::await($future, $cancellation);
            self::takeTurns($since);
        }
        return $answers;
    }

    private static function here(): self
    {
        self::$ofLoops ??= new WeakMap();
        $driver = EventLoop::getDriver();
        $here = self::$ofLoops[$driver] ?? null;
        if ($here?->pid !== getmypid()) {
            // In a forked child, what its parent watched tells of the parent's futures.
            EventLoop::cancel($here->callbackId ?? '');
            self::$ofLoops[$driver] = $here = new self();
        }
        return $here;
    }

    /** The loop has a turn, if it had none for a while. */
    private static function takeTurns(int &$since): void
    {
        if (hrtime(true) - $since > self::OF_A_TURN) {
            $suspension = EventLoop::getSuspension();
            EventLoop::defer(static fn () => $suspension->resume());
            $suspension->suspend();
            $since = hrtime(true);
        }
    }

    private function suspend(Future $future, ?Cancellation $cancellation): void
    {
        $suspension = EventLoop::getSuspension();
        self::$waiting[$future] ??= new SplObjectStorage();
        self::$waiting[$future][$suspension] = true;
        $subscription = $cancellation?->subscribe(static function (Throwable $reason) use ($future, $suspension): void {
            if (self::forget($future, $suspension)) {
                $suspension->throw($reason);
            }
        });
        if ($this->count++ === 0) {
            EventLoop::reference($this->callbackId);
        }
        try {
            $suspension->suspend();
        } finally {
            // The loop may have ended otherwise; what waits next with this suspension waits for something else.
            self::forget($future, $suspension);
            $cancellation?->unsubscribe($subscription);
            if (--$this->count === 0) {
                EventLoop::unreference($this->callbackId);
            }
        }
    }

    /** Whether it was waiting until now. */
    private static function forget(Future $future, Suspension $suspension): bool
    {
        $waits = self::$waiting[$future] ?? null;
        $waited = isset($waits[$suspension]);
        unset($waits[$suspension]);
        return $waited;
    }

    /** What is resumed here goes on before any other callback has its turn: so it is a few fibers. */
    private function resume(): void
    {
        $left = self::IN_A_TURN;
        $this->hasRest = false;
        while (!$this->completed->isEmpty()) {
            $waits = self::$waiting[$this->completed->bottom()] ?? [];
            for (; count($waits) > 0; $left--) {
                if ($left === 0) {
                    $this->hasRest = true;
                    EventLoop::defer($this->resume(...));
                    return;
                }
                $waits->rewind();
                $suspension = $waits->current();
                unset($waits[$suspension]);
                $suspension->resume();
            }
            $this->completed->dequeue();
        }
    }
}
