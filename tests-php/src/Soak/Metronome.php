<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** Notes when the machine stood still: a process that sleeps, and wakes too late. */
final class Metronome
{
    private const BEAT = 0.05;
    private const LATE = 0.25;

    public static function run(Plan $plan): never
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGTERM, static fn () => Worker::$isStopped = true);
        pcntl_signal(SIGINT, SIG_IGN);
        $journal = new Journal($plan->journals() . '/metronome.0000.jsonl');
        [$parent, $last] = [posix_getppid(), Journal::now()];
        while (!Worker::$isStopped && posix_getppid() === $parent) {
            usleep((int) (self::BEAT * 1e6));
            $now = Journal::now();
            if ($now - $last > self::BEAT + self::LATE) {
                $journal->note(['stop' => round($now - $last - self::BEAT, 3), 'from' => $last]);
            }
            $last = $now;
        }
        exit(0);
    }
}
