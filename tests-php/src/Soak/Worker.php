<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use S3Storage;

/**
 * A process that works on the objects of its slot, tells what it promises, and uses no more of the processor than its
 * share.
 */
final class Worker
{
    private const SAMPLE_SECONDS = 10;
    private const PAUSE = [0.02, 0.14];
    private const FORK_EVERY = [4.0, 10.0];
    private const CHILD_LIVES = [2.0, 7.0];
    private const CHILDREN = 3;

    public static bool $isStopped = false;

    private readonly Journal $journal;
    private readonly Recorder $recorder;
    private readonly Objects $objects;
    private readonly Operations $operations;
    private readonly Chance $chance;
    private readonly string $folder;

    /** @var array<int, int> places of the children, by pid */
    private array $children = [];

    public function __construct(
        private readonly S3Storage $s3,
        private readonly Plan $plan,
        private readonly string $slot,
        private readonly string $role,
    ) {
        $generation = count(Journal::ofSlot($plan->journals(), $slot));
        $replay = (new Replay($plan->journals(), $slot))->last();
        $this->journal = new Journal(sprintf('%s/%s.%04d.jsonl', $plan->journals(), $slot, $generation));
        $this->chance = new Chance($plan->seed, "$slot.$generation");
        $this->recorder = new Recorder($s3, $this->journal, $replay->ledger, $plan::OPERATION_TIMEOUT);
        $this->folder = $plan->folder("work/$slot");
        $this->objects = new Objects($this->recorder, $this->chance, $slot);
        $this->operations = new Operations($s3, $this->recorder, $this->objects, $this->chance, $this->folder);
        // What the one before was doing may still be under way.
        $recent = array_filter($replay->touched, static fn (float $at) => $at > Journal::now() - 12.0);
        $this->recorder->rest(array_map(strval(...), array_keys($recent)));
        $left = Folder::leftovers($this->folder);
        array_map(unlink(...), Folder::files($this->folder));
        $this->journal->note(['begin' => getmypid(), 'slot' => $slot, 'role' => $role, 'wall' => microtime(true),
            'found' => count($left), 'ledger' => $replay->ledger->state(), 'touched' => $recent]);
    }

    /** Works until it is told to stop, or until a moment of the monotonic clock. */
    public function run(float $until = INF): never
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGTERM, static fn () => self::$isStopped = true);
        pcntl_signal(SIGINT, SIG_IGN);
        [$parent, $sampled, $forks] = [posix_getppid(), 0.0, Journal::now() + 1.0];
        $used = self::processor();
        if (in_array($this->role, ['steady', 'forking'], true)) {
            $this->operations->each();
        }
        while (!self::$isStopped && Journal::now() < $until && posix_getppid() === $parent) {
            $this->operations->step();
            if ($until === INF && Journal::now() >= $sampled + self::SAMPLE_SECONDS) {
                $sampled = Journal::now();
                $this->journal->note(['sample' => Sample::take()]);
            }
            if ($this->role === 'forking' && Journal::now() >= $forks) {
                $forks = Journal::now() + $this->chance->float(...self::FORK_EVERY);
                $this->forkWave();
            }
            $this->reap();
            $now = self::processor();
            $share = ($now - $used) * (1 / $this->plan->share - 1);
            $used = $now;
            usleep((int) (1e6 * min(3.0, max($share, $this->chance->float(...self::PAUSE)))));
        }
        while ($this->children !== []) {
            $this->reap();
            usleep(20_000);
        }
        $this->journal->note(['exit' => getmypid(), 'wall' => microtime(true), 'processor' => self::processor()]);
        exit(0);
    }

    /** Children in the places that are free: a part of them in the middle of a stream. Now and then one is killed. */
    private function forkWave(): void
    {
        $isKilling = $this->children !== [] && $this->chance->int(0, 2) === 0;
        if ($isKilling) {
            $pid = array_rand($this->children);
            $this->journal->note(['kill' => $pid]);
            posix_kill($pid, SIGKILL);
        }
        foreach (array_diff(range(0, self::CHILDREN - 1), $this->children) as $place) {
            [$key, $name, $stream] = $this->openStream();
            $lives = Journal::now() + $this->chance->float(...self::CHILD_LIVES);
            $pid = Forked::process();
            if ($pid === 0) {
                $child = new self($this->s3, $this->plan, "$this->slot-c$place", 'child');
                $child->finishStream($stream, $name);
                $child->run($lives);
            }
            $this->journal->note(['fork' => $pid, 'place' => $place]);
            $this->children[$pid] = $place;
            $this->finishStream($stream, $name);
        }
    }

    /** @return array{0: string|null, 1: string|null, 2: resource|null} key and content, and a stream that began */
    private function openStream(): array
    {
        $key = $this->chance->int(0, 1) === 0 ? null : $this->objects->present(100_000);
        $name = $key === null ? null : (string) $this->recorder->ledger->certain($key);
        $stream = null;
        if ($key !== null) {
            $this->recorder->run('openStream', 1, [], function () use ($key, $name, &$stream) {
                $opened = $this->s3->readStream($key);
                $bytes = fread($opened, 10_000);
                $stream = $opened;
                return $bytes === substr(Content::make($name), 0, 10_000) ? null
                    : ['wrong' => "the stream of $key does not begin as $name"];
            }, ['reads' => [$key]]);
        }
        return [$key, $name, $stream];
    }

    /**
     * Reads the rest of a stream that was opened before the fork, in the parent as in the child.
     *
     * @param resource|null $stream
     */
    private function finishStream($stream, ?string $name): void
    {
        if ($stream !== null && $name !== null) {
            $this->recorder->run('inheritedStream', 1, [], function () use ($stream, $name) {
                $rest = '';
                while (!feof($stream)) {
                    $rest .= fread($stream, 65_536);
                }
                return $rest === substr(Content::make($name), 10_000) ? null
                    : ['wrong' => "a stream that was forked has other bytes than $name"];
            });
            fclose($stream);
        }
    }

    private function reap(): void
    {
        while ($this->children !== [] && ($pid = pcntl_waitpid(-1, $status, WNOHANG)) > 0) {
            unset($this->children[$pid]);
            $this->journal->note(['reaped' => $pid, 'status' => $status]);
        }
    }

    private static function processor(): float
    {
        $used = getrusage();
        return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']
            + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
    }
}
