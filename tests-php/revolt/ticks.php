<?php

/**
 * 1,000 futures of each kind, each awaited in a fiber of its own, beside a timer that ticks every 10 ms. Says JSON: for
 * each kind the milliseconds that all of them took, and those that the latest tick was late; `ready` is that without
 * what the thread waited for a core of the machine, which others had, and `ran` the most that it ran between two ticks.
 * `alone` is the timer with nothing beside it.
 *
 *   php -d extension=… tests-php/revolt/ticks.php
 */

declare(strict_types=1);

use Revolt\EventLoop;
use S3Storage\Revolt\Futures;

require __DIR__ . '/../autoload.php';
require 'Revolt/EventLoop/autoload.php';

[$futures, $interval] = [1000, 0.010];

$s3 = new S3Storage([
    'servers' => ['main' => [
        'endpoint' => getenv('S3_ENDPOINT'),
        'region' => 'us-east-1',
        'credentials' => ['key' => getenv('S3_ACCESS_KEY'), 'secret' => getenv('S3_SECRET_KEY')],
    ]],
    'buckets' => ['files' => ['server' => 'main', 'bucket' => getenv('S3_BUCKET'), 'prefix' => $argv[1] ?? 'ticks/']],
]);

// Nanoseconds that this thread ran, and that it was ready to and others had the cores (sched-stats.rst of the kernel).
$clocks = static fn (): array => array_map(
    intval(...),
    explode(' ', (string) @file_get_contents('/proc/thread-self/schedstat')) + [0, 0],
);

// Runs something on the loop beside the timer; answers milliseconds.
$besideTheTimer = static function (Closure $work) use ($interval, $clocks): array {
    [$late, $ready, $ran] = [0.0, 0.0, 0.0];
    $before = [hrtime(true), ...$clocks()];
    $tick = static function () use (&$late, &$ready, &$ran, &$before, $interval, $clocks): void {
        $now = [hrtime(true), ...$clocks()];
        $late = max($late, ($now[0] - $before[0]) / 1e9 - $interval);
        $ready = max($ready, ($now[0] - $before[0] - ($now[2] - $before[2])) / 1e9 - $interval);
        $ran = max($ran, ($now[1] - $before[1]) / 1e9);
        $before = $now;
    };
    $timer = EventLoop::repeat($interval, $tick);
    $began = hrtime(true);
    $work();
    $took = hrtime(true) - $began;
    $tick();
    EventLoop::cancel($timer);
    $said = ['took' => $took / 1e9, 'late' => $late, 'ready' => $ready, 'ran' => $ran];
    return array_map(static fn (float $seconds): float => round($seconds * 1e3, 1), $said);
};

// Runs a function in so many fibers, and waits for all. A few begin in each turn, as with the connections of a server.
$inFibers = static function (Closure $each) use ($futures): void {
    $suspension = EventLoop::getSuspension();
    [$begun, $left] = [0, $futures];
    $begin = static function () use (&$begin, &$begun, &$left, $each, $suspension, $futures): void {
        for ($i = 0; $i < 16 && $begun < $futures; $i++) {
            EventLoop::queue(static function (int $number) use ($each, $suspension, &$left): void {
                $each($number);
                if (--$left === 0) {
                    $suspension->resume();
                }
            }, $begun++);
        }
        if ($begun < $futures) {
            EventLoop::defer($begin);
        }
    };
    EventLoop::queue($begin);
    $suspension->suspend();
};

$content = random_bytes(4096);
$expect = static function (bool $holds): void {
    $holds || throw new Exception('another answer came');
};
$kinds = [
    'put' => static fn (int $i) => Futures::await($s3->writeAsync("$i", $content)),
    'get' => static fn (int $i) => $expect(Futures::await($s3->readAsync("$i")) === $content),
    'head' => static fn (int $i) => $expect(Futures::await($s3->getMetadataAsync("$i"))->size === 4096),
];
// What a process does once.
Futures::await($s3->writeAsync('0', $content));
$said = ['alone' => $besideTheTimer(static function (): void {
    $suspension = EventLoop::getSuspension();
    EventLoop::delay(0.3, static fn () => $suspension->resume());
    $suspension->suspend();
})];
foreach ($kinds as $name => $each) {
    $said[$name] = $besideTheTimer(static fn () => $inFibers($each));
}
$said['get, awaitAll'] = $besideTheTimer(static function () use ($s3, $content, $expect, $futures): void {
    $all = (static function () use ($s3, $futures): Generator {
        for ($i = 0; $i < $futures; $i++) {
            yield $s3->readAsync("$i");
        }
    })();
    $expect(Futures::awaitAll($all) === array_fill(0, $futures, $content));
});
$inFibers(static fn (int $i) => Futures::await($s3->deleteAsync("$i")));
echo json_encode($said);
