<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/**
 * Writes and deletes at the server itself, without the extension and without the line, and tells a journal of it:
 * what it loses when the server is killed, the server has lost.
 */
final class Witness
{
    private const KEYS = 12;
    private const PAUSE = [0.1, 0.3];
    private const REST = 12.0;

    public static function run(RawS3 $server, Plan $plan, string $slot): never
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGTERM, static fn () => Worker::$isStopped = true);
        pcntl_signal(SIGINT, SIG_IGN);
        $journal = new Journal(sprintf('%s/%s.0000.jsonl', $plan->journals(), $slot));
        $chance = new Chance($plan->seed, $slot);
        $journal->note(['begin' => getmypid(), 'slot' => $slot, 'role' => 'witness', 'wall' => microtime(true)]);
        [$parent, $resting, $id] = [posix_getppid(), [], 0];
        while (!Worker::$isStopped && posix_getppid() === $parent) {
            usleep((int) (1e6 * $chance->float(...self::PAUSE)));
            $key = "$slot/" . $chance->int(1, self::KEYS);
            if (($resting[$key] ?? 0.0) > Journal::now()) {
                continue;
            }
            $name = Content::name($chance->int(1, 1 << 40), $chance->int(0, 30_000));
            $content = $chance->int(0, 4) === 0 ? null : $name;
            $operation = $content === null ? 'delete' : 'write';
            $journal->note(['do' => $operation, 'id' => ++$id, 'limit' => 20.0, 'changes' => [$key => $content]]);
            $done = $content === null ? $server->delete($key) : $server->put($key, Content::make($content));
            $journal->note(['end' => $id, 'code' => $done ? null : 'CONNECTION_FAILED']);
            if (!$done) {
                $resting[$key] = Journal::now() + self::REST;
            }
        }
        $journal->note(['exit' => getmypid(), 'wall' => microtime(true)]);
        exit(0);
    }
}
