<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** What there was, in numbers. */
final class Tally
{
    /** @var array<string, array<string, int>> counts under headings */
    public array $counts = [];

    /** @var array<string, array<string, array<string, int>>> operations by server, name and code (`done`) */
    public array $operations = [];

    /** @var array<string, array{0: float, 1: float}> the longest of each operation, and its limit */
    public array $longest = [];

    /** @var array<string, array<string, array{0: int, 1: int}>> */
    public array $flatness = [];

    public int $verified = 0;
    public int $retries = 0;
    public int $written = 0;
    public float $stopped = 0.0;

    public function count(string $heading, string $what, int $by = 1): void
    {
        $this->counts[$heading][$what] = ($this->counts[$heading][$what] ?? 0) + $by;
    }

    /** @param array<string, mixed> $begin */
    public function process(array $begin, bool $isKilled): void
    {
        $this->count('processes', $begin['role'] . ($isKilled ? ', killed' : ''));
        if (($begin['found'] ?? 0) > 0) {
            $this->count('temporary files', 'of killed processes', (int) $begin['found']);
        }
    }

    /**
     * @param array<string, mixed> $operation
     * @param array<string, mixed> $end
     */
    public function operation(string $slot, array $operation, array $end): void
    {
        $server = strtok($slot, '-');
        $code = $end['code'] ?? 'done';
        if ($code === 'done' && array_filter($end['codes'] ?? []) !== []) {
            $code = 'done in part';
        }
        $name = str_ends_with($slot, '-witness') ? "witness: {$operation['do']}" : $operation['do'];
        $this->operations[$server][$name][$code] = ($this->operations[$server][$name][$code] ?? 0) + 1;
        $this->retries += $end['retries'] ?? 0;
        foreach ($code === 'done' ? $operation['changes'] ?? [] : [] as $content) {
            $this->written += $content === null ? 0 : Content::size($content);
        }
    }

    public function took(string $operation, float $seconds, float $limit): void
    {
        if ($seconds > ($this->longest[$operation][0] ?? 0.0)) {
            $this->longest[$operation] = [$seconds, $limit];
        }
    }
}
