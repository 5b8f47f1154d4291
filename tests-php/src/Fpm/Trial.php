<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use S3Storage;
use S3Storage\Tests\Server;

/** The extension in a real php-fpm behind nginx, three times: undisturbed, disturbed in every way that operators know, and preloaded. */
final class Trial
{
    /** How much a worker may grow after it is warm, in KiB; in a long run a leak of 1.2 KiB in each request is seen by it. */
    private const GROWTH = 4_000;

    /** How many descriptors more it may have: a large upload opens five connections for each of two sites. */
    private const OPENED = 10;

    /** Most of the work is for the pool of eight, which is the one whose workers are killed. */
    private const MIXED = ['one', 'two', 'one', 'two', 'one', 'two', 'three', 'four'];

    /** @var list<string> */
    private array $failures = [];

    private Server $server;

    public function __construct(private readonly string $folder, private readonly int $requests)
    {
        $pairs = [];
        foreach (Site::NAMES as $name) {
            array_push($pairs, '--key-pair', Site::key($name) . ':' . Site::secret($name));
        }
        $this->server = Server::start(...$pairs);
        foreach (Site::NAMES as $name) {
            $config = $this->server->config([], ['prefix' => "$name/"]);
            Work::prepare(new S3Storage($config), $name);
        }
    }

    /** @return list<string> what went wrong */
    public function run(): array
    {
        $this->steady(intdiv($this->requests * 55, 100));
        $this->disturbed(intdiv($this->requests * 35, 100));
        $this->preloaded(intdiv($this->requests * 10, 100));
        $this->server->stop();
        return $this->failures;
    }

    /** Eight workers serve two sites alternately. Nothing grows, and connections are kept across requests. */
    private function steady(int $count): void
    {
        $this->server->forgetRequests();
        $site = new Site($this->folder, $this->server, 0);
        $load = new Load($site->socket);
        $begin = microtime(true);
        // As many as it takes for each worker to have had every kind of work, large uploads above all.
        $warm = intdiv($count, 2);
        $load->run(0, $warm, ['one', 'two']);
        $workers = $site->workers();
        $this->expect(count($workers) === Site::WORKERS, 'there are ' . count($workers) . ' workers');
        $before = self::measure($workers);
        $load->run($warm, $count - $warm, ['one', 'two']);
        $after = self::measure($workers);
        $account = Account::of($this->server);
        foreach ($before as $pid => [$memory, $descriptors]) {
            [$memoryNow, $descriptorsNow] = $after[$pid];
            $connections = count($account->connections[$pid] ?? []);
            printf(
                "  worker %d: %d requests, %d connections, %.0f uses of each, %d -> %d KiB, %d -> %d descriptors\n",
                $pid,
                $load->byWorker[$pid] ?? 0,
                $connections,
                $account->reuse($pid),
                $memory,
                $memoryNow,
                $descriptors,
                $descriptorsNow,
            );
            $this->expect($memoryNow - $memory <= self::GROWTH, "worker $pid grew from $memory to $memoryNow KiB");
            $isFlat = $descriptorsNow <= $descriptors + self::OPENED;
            $this->expect($isFlat, "worker $pid has $descriptorsNow descriptors");
            $this->expect($account->reuse($pid) >= 10, "worker $pid does not keep its connections");
        }
        $this->conclude('undisturbed', $site, $load, $account, $count, microtime(true) - $begin);
    }

    /** Reloads, workers that are recycled, workers that are killed in the middle of their work. Nobody else notices. */
    private function disturbed(int $count): void
    {
        $this->server->forgetRequests();
        $site = new Site($this->folder, $this->server, max(50, intdiv($count, 60)));
        $load = new Load($site->socket);
        $begin = microtime(true);
        $kills = [];
        $reloads = 0;
        $step = max(50, intdiv($count, 40));
        $load->run(0, $count, self::MIXED, function (int $done) use ($site, $step, $count, &$kills, &$reloads): void {
            if ($done % $step !== 0 || $done > $count - $step) {
                return;
            }
            if (intdiv($done, $step) % 4 === 0) {
                $site->reload();
                $reloads++;
                return;
            }
            $workers = $site->workers();
            if ($workers !== []) {
                $worker = $workers[array_rand($workers)];
                $kills[$worker->pid] = self::kill($worker);
            }
        });
        $pids = count($load->byWorker);
        printf("  %d workers served, %d of them killed, %d reloads\n", $pids, count($kills), $reloads);
        $this->expect($reloads >= 2 && count($kills) >= 6, 'too little was disturbed');
        $this->expect($pids > Site::WORKERS * 2 + count($kills), 'no worker was recycled');
        $account = Account::of($this->server);
        $this->conclude('disturbed', $site, $load, $account, $count, microtime(true) - $begin, $kills);
    }

    /** The master itself has used the storage before it forked its workers (`opcache.preload`). */
    private function preloaded(int $count): void
    {
        $this->server->forgetRequests();
        // A master of root leaves preloading to a child that then ends; any other one does it itself.
        $ini = ['opcache.preload' => "$this->folder/preload.php"];
        $site = new Site($this->folder, $this->server, 0, $ini, own: true);
        $load = new Load($site->socket);
        $begin = microtime(true);
        $this->expect($load->ask('one', 'preloaded') === 'by the master', 'the class was not preloaded');
        $half = intdiv($count, 2);
        $load->run(0, $half, self::MIXED);
        $descriptors = $site->master()->descriptors();
        $site->reload();
        $load->run($half, $count - $half, self::MIXED);
        $now = $site->master()->descriptors();
        $this->expect($now <= $descriptors, "the master has $now descriptors after a reload, $descriptors before");
        $account = Account::of($this->server);
        $masters = count($account->connections[$site->master()->pid] ?? []);
        $this->expect($masters === 2, "the master had $masters connections, one for each start is due");
        $this->conclude('preloaded', $site, $load, $account, $count, microtime(true) - $begin);
    }

    /** @param array<int, array{float, float}> $kills when which worker was killed, and was dead */
    private function conclude(
        string $name,
        Site $site,
        Load $load,
        Account $account,
        int $count,
        float $seconds,
        array $kills = [],
    ): void {
        $cut = 0;
        foreach ($load->wrong as $wrong) {
            if (self::isWithin($wrong, $kills) && ($wrong['status'] === 502 || isset($kills[$wrong['pid']]))) {
                $cut++;
            } else {
                $this->expect(false, $wrong['what']);
            }
        }
        $this->expect($cut <= count($kills), "$cut requests were cut by " . count($kills) . ' kills');
        $this->expect($load->right + $cut === $count, "$load->right of $count answers were right");
        foreach ($account->problems as $problem) {
            $this->expect(false, $problem);
        }
        foreach ($site->deaths() as $line) {
            preg_match('/child (\d+) exited (.*) after/', $line, $match);
            $killed = isset($kills[$match[1]]) && str_contains($match[2], '(SIGTERM)');
            $this->expect($killed || $match[2] === 'with code 0', $line);
        }
        usleep(300_000);
        $children = Process::childrenOf($site->master()->pid);
        $zombies = array_filter($children, static fn (Process $process) => $process->isZombie());
        $this->expect($zombies === [], count($zombies) . ' zombies');
        $this->expect($site->stop(), 'php-fpm or nginx did not end');
        $left = array_filter($children, static fn (Process $process) => $process->exists());
        $this->expect($left === [], count($left) . ' workers are left');
        $this->expect((glob("$this->folder/work/core*") ?: []) === [], 'a core file');
        $this->expect($site->complaints() === '', $site->complaints());
        printf("%s: %d requests in %.1f s (%.0f a second), ", $name, $count, $seconds, $count / $seconds);
        printf("%d right, %d cut by the test; %d to the storage\n", $load->right, $cut, $account->requests);
        if ($this->failures !== []) {
            echo $site->logs();
        }
        array_map(unlink(...), glob("$this->folder/*.{log,out}", GLOB_BRACE) ?: []);
    }

    /**
     * @param array{begin: float, end: float} $wrong
     * @param array<int, array{float, float}> $kills
     */
    private static function isWithin(array $wrong, array $kills): bool
    {
        foreach ($kills as [$begin, $end]) {
            if ($wrong['begin'] <= $end && $begin <= $wrong['end']) {
                return true;
            }
        }
        return false;
    }

    /**
     * Kills a worker. On a busy machine it takes a moment to die, and a request that reaches it then is cut, too.
     *
     * @return array{float, float} when it was killed, and when it was dead
     */
    private static function kill(Process $worker): array
    {
        $begin = microtime(true);
        while ($worker->exists() && !$worker->isZombie() && microtime(true) - $begin < 5.0) {
            // Again and again: one that was forked just now ignores it.
            posix_kill($worker->pid, SIGTERM);
            usleep(200);
        }
        return [$begin, microtime(true)];
    }

    /**
     * @param list<Process> $workers
     * @return array<int, array{int, int}> memory and descriptors by pid
     */
    private static function measure(array $workers): array
    {
        $measured = [];
        foreach ($workers as $worker) {
            $measured[$worker->pid] = [$worker->memory(), $worker->descriptors()];
        }
        return $measured;
    }

    private function expect(bool $holds, string $else): void
    {
        if (!$holds) {
            $this->failures[] = $else;
        }
    }
}
