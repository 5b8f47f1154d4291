<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;
use S3Storage;

/**
 * Runs the soak: servers, lines and workers; kills and replaces them; then lets everything come to rest and has it
 * judged.
 */
final class Conductor
{
    private const WORKER_LIVES = [5.0, 25.0];
    private const SERVER_LIVES = [15.0, 60.0];
    private const SERVER_IS_DOWN = [0.2, 4.0];

    /** Longer than the operation that may take the longest, and what it may take beyond. */
    private const END_SECONDS = 100.0;

    /** How often those that still work are asked to stop. */
    private const ASK_SECONDS = 3.0;

    /** Longer than any request that a server has taken may still be under way. */
    private const REST_SECONDS = 12;

    /** @var array<string, SoakServer> */
    private array $servers = [];

    /** @var array<string, Line> */
    private array $lines = [];

    /** @var array<int, string> slots by pid */
    private array $workers = [];

    /** @var array<string, float> when something is killed, or started again: `server NAME`, `start NAME`, slots */
    private array $due = [];

    /** @var array<string, list<float>> when a server was killed */
    private array $kills = [];

    private readonly Journal $journal;
    private readonly Chance $chance;

    /** @param list<string> $names of the servers */
    public function __construct(private readonly Plan $plan, array $names)
    {
        $this->journal = new Journal($plan->journals() . '/conductor.0000.jsonl');
        $this->chance = new Chance($plan->seed, 'conductor');
        foreach ($names as $name) {
            $this->servers[$name] = new SoakServer($name, $plan);
            $this->servers[$name]->start();
            $this->kills[$name] = [];
        }
        foreach ($this->servers as $name => $server) {
            $server->await();
            $binary = (string) getenv('SOAK_PROXY');
            $log = $plan->folder('logs') . "/$name.line.log";
            $this->lines[$name] = new Line($binary, $server->address, $plan->seed ^ crc32($name), $log);
        }
    }

    /** The whole run; whether nothing was violated. */
    public function run(): bool
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGINT, static fn () => Worker::$isStopped = true);
        pcntl_signal(SIGTERM, static fn () => Worker::$isStopped = true);
        $began = Journal::now();
        $this->begin();
        $told = $began;
        while (!Worker::$isStopped && Journal::now() < $began + $this->plan->seconds) {
            $this->reap(true);
            $this->disturb();
            if (Journal::now() >= $told + 60) {
                $told = Journal::now();
                printf("soak: %d of %d minutes\n", round(($told - $began) / 60), round($this->plan->seconds / 60));
            }
            usleep(50_000);
        }
        $seconds = Journal::now() - $began;
        $hanging = $this->comeToRest();
        $judge = new Judge($this->plan->journals());
        $judge->journals();
        foreach ($hanging as $slot => $where) {
            $judge->violate('hang', $slot, "did not end: $where");
        }
        $processor = $this->processor();
        $this->verify($judge);
        $judge->flatness();
        $counts = array_map(static fn (Line $line) => $line->counts(), $this->lines);
        foreach ($this->kills as $name => $kills) {
            $judge->activity($name, array_keys(Operations::WEIGHTS), $counts[$name] + ['kills' => count($kills)]);
        }
        foreach ([...$this->lines, ...$this->servers] as $program) {
            $program instanceof Line ? $program->stop() : $program->kill();
        }
        return (new Report($judge, $this->kills, $counts))->print($seconds, $processor);
    }

    private function begin(): void
    {
        $this->fork('metronome', fn () => Metronome::run($this->plan));
        foreach ($this->servers as $name => $server) {
            $this->fork("$name-witness", fn () => Witness::run($server->raw, $this->plan, "$name-witness"));
            $this->lines[$name]->chaos();
            foreach (array_keys(Plan::ROLES) as $slot) {
                $this->work($name, $slot);
            }
            $this->due["server $name"] = Journal::now() + $this->chance->float(...self::SERVER_LIVES);
        }
    }

    /** A process that works on a slot: forked, with a handle that was made before and not used. */
    private function work(string $server, string $slot): void
    {
        $s3 = new S3Storage(Plan::config($server, $this->lines[$server]->endpoint));
        $role = Plan::ROLES[$slot];
        $this->fork("$server-$slot", fn () => (new Worker($s3, $this->plan, "$server-$slot", $role))->run());
        if ($role === 'mortal') {
            $this->due["worker $server-$slot"] = Journal::now() + $this->chance->float(...self::WORKER_LIVES);
        }
    }

    /** @param callable(): never $work */
    private function fork(string $slot, callable $work): void
    {
        $pid = Forked::process();
        if ($pid === 0) {
            try {
                $work();
            } catch (\Throwable $e) {
                fwrite(STDERR, "soak: $slot: $e\n");
                exit(1);
            }
        }
        $this->workers[$pid] = $slot;
    }

    /** Kills what is due, and starts what was killed. */
    private function disturb(): void
    {
        foreach ($this->due as $what => $at) {
            if (Journal::now() < $at) {
                continue;
            }
            unset($this->due[$what]);
            [$kind, $name] = explode(' ', $what);
            if ($kind === 'server') {
                $this->kills[$name][] = Journal::now();
                $this->servers[$name]->kill();
                $this->journal->note(['down' => $name]);
                $this->due["start $name"] = Journal::now() + $this->chance->float(...self::SERVER_IS_DOWN);
            } elseif ($kind === 'start') {
                $this->servers[$name]->start();
                $this->journal->note(['up' => $name]);
                $this->due["server $name"] = Journal::now() + $this->chance->float(...self::SERVER_LIVES);
            } else {
                $pid = array_search($name, $this->workers, true);
                if ($pid !== false) {
                    $this->journal->note(['kill' => $pid]);
                    posix_kill($pid, SIGKILL);
                }
            }
        }
        foreach ($this->servers as $name => $server) {
            if (!$server->isRunning() && !isset($this->due["start $name"])) {
                throw new RuntimeException("$name has ended by itself");
            }
        }
    }

    private function reap(bool $isReplacing): void
    {
        foreach ($this->workers as $pid => $slot) {
            if (pcntl_waitpid($pid, $status, WNOHANG) === $pid) {
                unset($this->workers[$pid]);
                $this->journal->note(['reaped' => $pid, 'status' => $status]);
                [$server, $name] = explode('-', $slot, 2) + [1 => ''];
                if ($isReplacing && isset(Plan::ROLES[$name])) {
                    $this->work($server, $name);
                }
            }
        }
    }

    /**
     * Ends the workers, and lets the lines be good and the servers be there.
     *
     * @return array<string, string> slots of those that did not end, and where they were
     */
    private function comeToRest(): array
    {
        foreach ($this->due as $what => $at) {
            if (str_starts_with($what, 'start ')) {
                $this->servers[substr($what, 6)]->start();
            }
        }
        // The lines stay as they are until the operations have ended: what is under way has its limits.
        $until = Journal::now() + self::END_SECONDS;
        $asked = 0.0;
        while ($this->workers !== [] && Journal::now() < $until) {
            // More than once: PHP drops a signal that comes while an internal function is about to throw.
            if (Journal::now() > $asked + self::ASK_SECONDS) {
                $asked = Journal::now();
                array_map(static fn (int $pid) => posix_kill($pid, SIGTERM), array_keys($this->workers));
            }
            $this->reap(false);
            usleep(50_000);
        }
        $hanging = [];
        foreach ($this->workers as $pid => $slot) {
            $hanging[$slot] = (string) @file_get_contents("/proc/$pid/wchan");
            posix_kill($pid, SIGKILL);
            pcntl_waitpid($pid, $status);
        }
        foreach ($this->lines as $line) {
            $line->calm();
        }
        foreach ($this->servers as $server) {
            $server->await();
        }
        sleep(self::REST_SECONDS);
        return $hanging;
    }

    /**
     * Compares what is on the servers with what was promised: each object by a client of another kind, listings by
     * ours.
     */
    private function verify(Judge $judge): void
    {
        foreach ($this->servers as $name => $server) {
            $s3 = new S3Storage(Plan::config($name, $this->lines[$name]->endpoint));
            $listed = [];
            foreach ($s3->list() as $object) {
                $listed[$object->pathname] = $object->size;
            }
            foreach ($judge->slots() as $slot) {
                if (str_starts_with($slot, "$name-")) {
                    $this->verifySlot($judge, $server, $slot, $listed);
                }
            }
            foreach (array_keys($listed) as $key) {
                $judge->violate('phantom', "$name-", "$key is listed, and nobody wrote it");
            }
            $this->verifyUploads($judge, $server, $s3);
        }
    }

    /** @param array<string, int|null> $listed what is found is taken out */
    private function verifySlot(Judge $judge, SoakServer $server, string $slot, array &$listed): void
    {
        $objects = [];
        foreach ($judge->keys($slot) as $key) {
            $content = $server->raw->get($key);
            $objects[$key] = $content === null ? null : Content::digest($content) . ' ' . strlen($content);
            $judge->tally->count('read in the end', 'bytes', strlen((string) $content));
            $size = $content === null ? null : strlen($content);
            if (($listed[$key] ?? null) !== $size) {
                $told = json_encode([$listed[$key] ?? null, $size]);
                $judge->violate('unlisted', $slot, "$key: the listing and the object differ in size: $told");
            }
            unset($listed[$key]);
        }
        $judge->objects($slot, $objects);
        if (isset(Plan::ROLES[substr((string) strstr($slot, '-'), 1)])) {
            $judge->leftovers($slot, Folder::leftovers($this->plan->folder("work/$slot")));
        }
    }

    /** Uploads in parts that are left: whose they are, and that they can be aborted. */
    private function verifyUploads(Judge $judge, SoakServer $server, S3Storage $s3): void
    {
        $isMinio = $server->name === 'minio';
        foreach ($judge->slots() as $slot) {
            if (!str_starts_with($slot, "$server->name-")) {
                continue;
            }
            $prefixes = $isMinio ? $judge->largeKeys($slot) : ["$slot/"];
            foreach ($prefixes as $prefix) {
                foreach ($server->raw->uploads($prefix) as $upload) {
                    $parts = $server->raw->parts($upload['key'], $upload['id']);
                    $judge->upload($slot, $upload['key'], $upload['at'], $parts);
                    if ($isMinio && $server->raw->abort($upload['key'], $upload['id'])) {
                        $judge->tally->count('uploads', 'aborted one by one (MinIO lists them by key)');
                    }
                }
            }
        }
        if (!$isMinio) {
            $judge->tally->count('uploads', 'aborted by abortUploads', $s3->abortUploads(0));
            foreach ($server->raw->uploads() as $upload) {
                $judge->violate('orphan', $server->name, "{$upload['key']}: abortUploads has left it");
            }
        }
    }

    /** @return array{clients: float, servers: float, lines: float} seconds of the processor */
    private function processor(): array
    {
        $sum = static fn (array $all) => array_sum(array_map(static fn ($one) => $one->used(), $all));
        $used = getrusage(1);
        $children = $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']
            + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
        $killed = array_sum(array_map(static fn (SoakServer $server) => $server->usedBefore(), $this->servers));
        return ['clients' => $children - $killed, 'servers' => $sum($this->servers), 'lines' => $sum($this->lines)];
    }
}
