<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/**
 * Judges journals and what is on the servers in the end. Each violation has a kind:
 *
 * - `lost`: acknowledged, and absent; `undone`: acknowledged, and what was there before is there; `corrupted`:
 *   bytes that nobody wrote; `phantom`: an object that nobody wrote, or that was deleted
 * - `condition`: a condition that held or failed against what was there; `silent`: a move that failed and does not
 *   say what exists; `unexplained`: an error that no fault explains; `malformed`: a journal that cannot be
 * - `hang`: longer than its limit, or without an end; `crash`: a process that ended by itself
 * - `orphan`: an upload in parts that a living process left; `leftover`: such a temporary file
 * - `growth`: memory, descriptors or threads; `idle`: something that did not happen, so that nothing is proved
 */
final class Judge
{
    /** What an operation may take beyond its limit, in seconds. */
    private const GRACE = 2.0;

    /**
     * What may be more at the end: a part, and so much. What is allocated and not freed tells a leak of some bytes in
     * each operation. Resident memory goes up in steps of 5 MiB until the allocator has kept as many as there ever were
     * at once: three parts of an upload, and what they lay between.
     */
    private const GROWTH = ['heap' => [0.1, 1024], 'rss' => [0.1, 24_576], 'pss' => [0.1, 24_576],
        'descriptors' => [0.1, 6], 'threads' => [0.0, 2]];

    /** A loss that a kill of the server explains was acknowledged so many seconds before it at most. */
    private const KILL_SECONDS = 5.0;

    /**
     * What a server leaves beside an object when it is killed while it replaces one, with the time in nanoseconds:
     * versitygw links a file to such a name and then renames it (`linkatOTmpfile` in its `backend/posix`).
     */
    private const LEFT = ['versitygw' => '~(?<name>/\.[^/]*\.sgwtmp\.(?<time>\d{19}))(?!\d)~'];

    /** Between that name and the kill are so many seconds at most. */
    private const LEFT_SECONDS = 0.5;

    /** @var list<array{kind: string, slot: string, text: string, at: float}> */
    public array $violations = [];

    public readonly Tally $tally;

    /** @var list<array{0: float, 1: float}> when the machine stood still */
    private array $stops = [];

    /** @var array<int, true> pids that were killed by us */
    private array $killed = [];

    /** @var array<string, list<array{pid: int, from: float, to: float, killed: bool}>> by slot, in Unix seconds */
    private array $lives = [];

    /** @var array<string, list<array<string, mixed>>> operations in parts by key, for orphans */
    private array $large = [];

    /** @var array<string, list<array{at: float, sample: array<string, int>}>> */
    public array $samples = [];

    /** @var array<string, Ledger> */
    private array $ledgers = [];

    public function __construct(private readonly string $folder)
    {
        $this->tally = new Tally();
    }

    /** Reads the journals of all processes. */
    public function journals(): void
    {
        $slots = [];
        foreach (glob("$this->folder/*.jsonl") ?: [] as $file) {
            $slots[preg_replace('/\.\d+\.jsonl$/', '', basename($file))] = true;
            foreach (Journal::read($file) as $line) {
                if (isset($line['kill'])) {
                    $this->killed[(int) $line['kill']] = true;
                } elseif (isset($line['stop'])) {
                    $this->stops[] = [(float) $line['from'], (float) $line['from'] + (float) $line['stop']];
                    $this->tally->stopped += (float) $line['stop'];
                }
            }
        }
        foreach (array_keys($slots) as $slot) {
            $this->slot((string) $slot);
        }
    }

    /**
     * What the servers have in the end.
     *
     * @param array<string, string|null> $objects key to digest and size (`DIGEST SIZE`), null where there is none
     */
    public function objects(string $slot, array $objects): void
    {
        $ledger = $this->ledgers[$slot] ?? new Ledger();
        foreach (array_unique([...$ledger->keys(), ...array_map(strval(...), array_keys($objects))]) as $key) {
            $this->tally->verified++;
            // What it may be first: short contents of two names may be the same bytes.
            $names = [...array_filter($ledger->possible($key), is_string(...)), ...$ledger->known($key)];
            $seen = isset($objects[$key]) ? self::named($names, $objects[$key]) : null;
            foreach ($ledger->see($key, $seen, true) as [$kind, $text]) {
                $this->violate($kind, $slot, "in the end: $text", $ledger->acknowledgedAt($key));
            }
        }
    }

    /** @return list<string> the keys that were ever meant for something */
    public function keys(string $slot): array
    {
        return isset($this->ledgers[$slot]) ? $this->ledgers[$slot]->keys() : [];
    }

    /** @return list<string> those that were written in parts */
    public function largeKeys(string $slot): array
    {
        return array_values(array_filter(
            array_map(strval(...), array_keys($this->large)),
            static fn (string $key) => str_starts_with($key, "$slot/"),
        ));
    }

    /** @return list<string> */
    public function slots(): array
    {
        return array_map(strval(...), array_keys($this->ledgers));
    }

    /**
     * An upload that is there in the end. A process that was killed may have left it. One that lived may where the
     * answer to its creation was lost (nobody knows its id, and it has no parts), or where the operation failed and
     * the server or the line was not to be reached for its abortion: the call said so by its error.
     *
     * @param int $at Unix seconds
     */
    public function upload(string $slot, string $key, int $at, int $parts): void
    {
        $owners = array_filter(
            $this->lives[$slot] ?? [],
            static fn (array $life) => $life['from'] <= $at + 2 && $life['to'] >= $at - 2,
        );
        if (array_filter(array_column($owners, 'killed')) !== []) {
            $this->tally->count('uploads', 'of killed processes');
            return;
        }
        foreach ($this->large[$key] ?? [] as $operation) {
            if ($operation['from'] <= $at + 2 && $operation['to'] >= $at - 2) {
                if ($parts === 0 && $operation['retries'] > 0) {
                    $this->tally->count('uploads', 'whose creation was not answered');
                    return;
                }
                if ($operation['code'] !== null) {
                    $this->tally->count('uploads', 'of calls that failed, and could not abort');
                    return;
                }
            }
        }
        $this->violate('orphan', $slot, "$key has an upload of $parts parts since " . gmdate('H:i:s', $at));
    }

    /** Temporary files that are there in the end, after a process that was not killed. */
    public function leftovers(string $slot, array $files): void
    {
        $last = end($this->lives[$slot]);
        foreach ($files as $file) {
            if ($last !== false && $last['killed']) {
                $this->tally->count('temporary files', 'of killed processes');
            } else {
                $this->violate('leftover', $slot, $file);
            }
        }
    }

    /** Compares the second tenth with the last one, for the processes that lived through the run. */
    public function flatness(): void
    {
        foreach ($this->samples as $slot => $samples) {
            $tenth = max(1, intdiv(count($samples), 10));
            if (count($samples) < 3) {
                $this->violate('growth', (string) $slot, 'there are too few samples: ' . count($samples));
                continue;
            }
            foreach (self::GROWTH as $what => [$part, $more]) {
                $all = array_filter(array_column(array_column($samples, 'sample'), $what), is_int(...));
                if ($all === []) {
                    continue;
                }
                $before = self::median(array_slice($all, $tenth, $tenth));
                $after = self::median(array_slice($all, -$tenth));
                $this->tally->flatness[(string) $slot][$what] = [$before, $after];
                if ($after > $before * (1 + $part) + $more) {
                    $this->violate('growth', (string) $slot, "$what: $before -> $after");
                }
            }
        }
    }

    /**
     * A run in which nothing happened proves nothing: every operation was done, and everything went wrong that can.
     *
     * @param list<string> $operations
     * @param array<string, int> $events by kind
     */
    public function activity(string $server, array $operations, array $events): void
    {
        foreach ($operations as $operation) {
            if (($this->tally->operations[$server][$operation]['done'] ?? 0) === 0) {
                $this->violate('idle', "$server-", "$operation was never done");
            }
        }
        foreach (['reset', 'closed', 'lost', 'slow', 'late', 'kills'] as $event) {
            if (($events[$event] ?? 0) === 0) {
                $this->violate('idle', "$server-", "$event: there was none");
            }
        }
    }

    /**
     * Tells apart what a server has lost itself: a loss that was acknowledged shortly before a kill at which the
     * witness, which does without the extension, has lost something, too.
     *
     * @param list<float> $kills of the server
     * @return list<array{kind: string, slot: string, text: string, at: float}> what is left to be answered for
     */
    public function answerable(string $server, array $kills): array
    {
        $isOf = static fn (array $one) => str_starts_with($one['slot'], "$server-");
        $isWitness = static fn (array $one) => $one['slot'] === "$server-witness";
        $before = static function (array $one) use ($kills): ?float {
            foreach ($kills as $kill) {
                if (
                    in_array($one['kind'], ['lost', 'undone', 'phantom', 'corrupted'], true)
                    && $one['at'] <= $kill && $one['at'] >= $kill - self::KILL_SECONDS
                ) {
                    return $kill;
                }
            }
            return null;
        };
        $names = $this->leftBy($server, $kills);
        foreach (array_unique($names) as $name) {
            $this->tally->count("files of its own that $server left when it was killed", $name);
        }
        $own = array_filter(array_diff_key($this->violations, $names), $isOf);
        $witnessed = array_filter(array_map($before, array_filter($own, $isWitness)));
        $left = [];
        foreach ($own as $one) {
            $kill = $before($one);
            if ($kill !== null && in_array($kill, $witnessed, true)) {
                $this->tally->count("$server lost when it was killed, as its witness shows", $one['kind']);
            } else {
                $left[] = $one;
            }
        }
        return $left;
    }

    /**
     * The objects that nobody wrote which are files of the server, cut off by one of its kills.
     *
     * @param list<float> $kills of the server
     * @return array<int, string> their names, by the place of the violation
     */
    private function leftBy(string $server, array $kills): array
    {
        $names = [];
        $since = microtime(true) - Journal::now();
        foreach ($this->violations as $i => $one) {
            $isLeft = $one['kind'] === 'phantom' && str_starts_with($one['slot'], "$server-")
                && preg_match(self::LEFT[$server] ?? '~(*FAIL)~', $one['text'], $left) === 1;
            foreach ($isLeft ? $kills : [] as $kill) {
                if (abs($kill + $since - $left['time'] / 1e9) < self::LEFT_SECONDS) {
                    $names[$i] = $left['name'];
                }
            }
        }
        return $names;
    }

    public function violate(string $kind, string $slot, string $text, float $at = 0.0): void
    {
        $this->violations[] = ['kind' => $kind, 'slot' => $slot, 'text' => $text, 'at' => $at];
    }

    private function slot(string $slot): void
    {
        $replay = new Replay($this->folder, $slot);
        $this->ledgers[$slot] = $replay->ledger;
        $begun = [];
        $offset = 0.0;
        $role = '';
        foreach ($replay->lines() as [$file, $line, $wrong]) {
            if (isset($line['begin'])) {
                [$pid, $role] = [(int) $line['begin'], $line['role']];
                $offset = (float) $line['wall'] - (float) $line['at'];
                $begun = [];
                $this->lives[$slot][] = ['pid' => $pid, 'from' => (float) $line['wall'], 'to' => INF,
                    'killed' => isset($this->killed[$pid])];
                $this->tally->process($line, $this->killed[$pid] ?? false);
            } elseif (isset($line['do'])) {
                $begun[$line['id']] = $line;
            } elseif (isset($line['end'], $begun[$line['end']])) {
                $operation = $begun[$line['end']];
                $this->time($slot, $operation, (float) $line['at']);
                $this->tally->operation($slot, $operation, $line);
                $this->remember($operation, $line, $offset);
            } elseif (isset($line['sample']) && in_array($role, ['steady', 'forking'], true)) {
                // Of those that live through the run; the others are gone before anything could grow.
                $this->samples[$slot][] = ['at' => (float) $line['at'], 'sample' => $line['sample']];
            } elseif (isset($line['exit'])) {
                $this->lives[$slot][array_key_last($this->lives[$slot])]['to'] = (float) $line['wall'];
            } elseif (isset($line['fork'])) {
                $this->tally->count('processes', 'forked in mid-run');
            } elseif (isset($line['reaped'])) {
                $this->reaped($slot, (int) $line['reaped'], (int) $line['status']);
            } elseif (isset($line['abandoned'])) {
                $this->abandoned($slot, $line['abandoned'], $offset);
            }
            foreach ($wrong as [$kind, $text]) {
                $key = preg_match('~(\S+/.*) is ~U', $text, $match) === 1 ? $match[1] : '';
                $text = "$text [" . basename($file) . ', ' . $line['at'] . ']';
                $this->violate($kind, $slot, $text, $replay->ledger->acknowledgedAt($key));
            }
        }
    }

    /** A process that was waited for: it ended as it should, or was killed by us. */
    public function reaped(string $slot, int $pid, int $status): void
    {
        $isKill = pcntl_wifsignaled($status) && pcntl_wtermsig($status) === SIGKILL && isset($this->killed[$pid]);
        if (!$isKill && $status !== 0) {
            $how = pcntl_wifsignaled($status) ? 'signal ' . pcntl_wtermsig($status) : 'status ' . ($status >> 8);
            $this->violate('crash', $slot, "process $pid ended with $how");
        }
    }

    /** @param array<string, mixed> $operation */
    private function time(string $slot, array $operation, float $end): void
    {
        $took = $end - (float) $operation['at'];
        foreach ($this->stops as [$from, $to]) {
            $took -= max(0.0, min($to, $end) - max($from, (float) $operation['at']));
        }
        $limit = (float) $operation['limit'] + self::GRACE;
        if ($took > $limit) {
            $name = "{$operation['do']} {$operation['id']}";
            $text = sprintf('%s took %.1f s, at most %.1f are allowed', $name, $took, $limit);
            $this->violate('hang', $slot, $text);
        }
        $this->tally->took((string) $operation['do'], $took, $limit);
    }

    /**
     * @param array<string, mixed> $operation
     * @param array<string, mixed> $end
     */
    private function remember(array $operation, array $end, float $offset): void
    {
        if (in_array($operation['do'], ['uploadLarge', 'streamLarge'], true)) {
            $this->large[(string) array_key_first($operation['changes'])][] = [
                'from' => $operation['at'] + $offset, 'to' => $end['at'] + $offset, 'code' => $end['code'],
                'retries' => $end['retries'] ?? 0];
        }
    }

    /** @param array<string, mixed> $operation */
    private function abandoned(string $slot, array $operation, float $offset): void
    {
        $life = end($this->lives[$slot]);
        if ($life !== false && $life['killed']) {
            $this->tally->count('operations that a kill has cut', (string) $operation['do']);
            $this->remember($operation, ['at' => $operation['at'] + 60.0, 'code' => 'KILLED', 'retries' => 0], $offset);
        } else {
            $this->violate('hang', $slot, "{$operation['do']} {$operation['id']} has no end");
        }
    }

    /**
     * The content that has this digest and size, or a mark of what is not known.
     *
     * @param list<string> $names
     */
    private static function named(array $names, string $found): string
    {
        foreach ($names as $name) {
            $isOfSize = str_ends_with($found, ' ' . Content::size($name));
            if ($isOfSize && $found === Content::digestOf($name) . ' ' . Content::size($name)) {
                return $name;
            }
        }
        return "?$found";
    }

    /** @param list<int> $numbers */
    private static function median(array $numbers): int
    {
        sort($numbers);
        return $numbers[intdiv(count($numbers), 2)] ?? 0;
    }
}
