<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** Prints what there was, and the verdict. */
final class Report
{
    private const SHOWN = 40;

    /**
     * @param array<string, list<float>> $kills of servers
     * @param array<string, array<string, int>> $lines what the lines did
     */
    public function __construct(
        private readonly Judge $judge,
        private readonly array $kills,
        private readonly array $lines,
    ) {
    }

    /**
     * @param array{clients: float, servers: float, lines: float} $processor seconds
     * @return bool whether nothing was violated
     */
    public function print(float $seconds, array $processor): bool
    {
        $tally = $this->judge->tally;
        foreach ($tally->operations as $server => $operations) {
            printf("\n%s: operations by outcome\n", $server);
            ksort($operations);
            $all = 0;
            foreach ($operations as $name => $codes) {
                arsort($codes);
                $all += array_sum($codes);
                $told = array_map(static fn ($code, $n) => "$code $n", array_keys($codes), $codes);
                printf("  %-18s %6d: %s\n", $name, array_sum($codes), implode(', ', $told));
            }
            $kills = count($this->kills[$server]);
            printf("  %-18s %6d; the server was killed and started again %d times\n", 'all', $all, $kills);
        }
        foreach ($this->lines as $server => $counts) {
            printf("line to %s: %s\n", $server, self::list($counts));
        }
        foreach ($tally->counts as $heading => $counts) {
            printf("%s: %s\n", $heading, self::list($counts));
        }
        printf("requests sent again: %d; bytes written and acknowledged: %d\n", $tally->retries, $tally->written);
        printf("processor: %s; the machine stood still for %.1f s\n", implode(', ', array_map(
            static fn ($who, $used) => sprintf('%s %.0f %% of a core', $who, 100 * $used / $seconds),
            array_keys($processor),
            $processor,
        )), $tally->stopped);
        $this->printTimes();
        $this->printFlatness();
        return $this->printVerdict($seconds);
    }

    private function printTimes(): void
    {
        $longest = $this->judge->tally->longest;
        uasort($longest, static fn (array $a, array $b) => $b[0] / $b[1] <=> $a[0] / $a[1]);
        $told = [];
        foreach (array_slice($longest, 0, 6) as $name => [$seconds, $limit]) {
            $told[] = sprintf('%s %.1f of %.0f s', $name, $seconds, $limit);
        }
        echo 'longest beside their limits: ', implode(', ', $told), "\n";
    }

    private function printFlatness(): void
    {
        echo "flatness (medians of the second and the last tenth; memory in KiB)\n";
        foreach ($this->judge->tally->flatness as $slot => $all) {
            $told = [];
            foreach ($all as $what => [$before, $after]) {
                $told[] = "$what $before -> $after";
            }
            printf("  %-20s %3d samples: %s\n", $slot, count($this->judge->samples[$slot]), implode(', ', $told));
        }
    }

    private function printVerdict(float $seconds): bool
    {
        $left = [];
        foreach ($this->kills as $server => $kills) {
            array_push($left, ...$this->judge->answerable($server, $kills));
        }
        $ours = array_filter($this->judge->violations, fn (array $one) => !$this->isOfServer($one['slot']));
        $left = [...$left, ...array_values($ours)];
        foreach (array_slice($left, 0, self::SHOWN) as $one) {
            echo "VIOLATION {$one['kind']} ({$one['slot']}): {$one['text']}\n";
        }
        $kinds = array_count_values(array_column($left, 'kind'))
            + array_fill_keys(['lost', 'undone', 'corrupted', 'phantom', 'hang', 'growth'], 0);
        printf(
            "\n%d objects verified after %.1f minutes: %s: %s\n",
            $this->judge->tally->verified,
            $seconds / 60,
            self::list($kinds),
            $left === [] ? 'nothing was violated' : count($left) . ' violations',
        );
        return $left === [];
    }

    private function isOfServer(string $slot): bool
    {
        return array_filter(array_keys($this->kills), static fn ($name) => str_starts_with($slot, "$name-")) !== [];
    }

    /** @param array<string, int> $counts */
    private static function list(array $counts): string
    {
        return implode(', ', array_map(static fn ($what, $n) => "$what $n", array_keys($counts), $counts));
    }
}
