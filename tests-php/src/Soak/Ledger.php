<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/**
 * What the objects of a slot may be, by what was promised of them: the worker asks it while it works, the judge
 * afterwards.
 *
 * An object is the name of its content, or null where there is none. An acknowledged change leaves one possibility, one
 * whose outcome is not known leaves the old ones and the new one, and never another.
 */
final class Ledger
{
    /** What was not done when an operation ends with it. */
    private const NOT_APPLIED = ['PRECONDITION_FAILED', 'FILE_NOT_FOUND', 'NOT_MODIFIED', 'INVALID_ARGUMENT',
        'INVALID_PATHNAME', 'UNSUPPORTED'];

    /** What no fault of a line or a server explains. */
    private const UNEXPLAINED = ['INVALID_ARGUMENT', 'INVALID_PATHNAME', 'INVALID_CONFIG', 'INVALID_VISIBILITY',
        'BUCKET_ALREADY_EXISTS', 'BUCKET_NOT_FOUND', 'PERMISSION_DENIED', 'UNSUPPORTED', 'CHECKSUM_MISMATCH',
        'CANCELLED', 'NOT_MODIFIED', 'PHP'];

    /** So many contents of a key are remembered: a worker must not grow itself. */
    private const KNOWN = 100;

    /** @var array<string, list<string|null>> */
    private array $possible = [];

    /** @var array<string, array<string, true>> what was meant for a key of late */
    private array $known = [];

    /** @var array<string, array{0: float, 1: string}> when a key was last acknowledged to be what it is, and by what */
    private array $acknowledged = [];

    /** @var list<array{0: string, 1: string, 2: string}> source, destination and content of moves that failed */
    private array $pairs = [];

    /** @var array<int, array<string, mixed>> operations that have no outcome yet */
    private array $open = [];

    /**
     * What whoever goes on with the objects has to know.
     *
     * @return array{possible: array<string, list<string|null>>, pairs: list<array{0: string, 1: string, 2: string}>}
     */
    public function state(): array
    {
        return ['possible' => $this->possible, 'pairs' => $this->pairs];
    }

    /** @param array{possible: array<string, list<string|null>>, pairs: list<array{0: string, 1: string, 2: string}>} $state */
    public function restore(array $state): void
    {
        ['possible' => $this->possible, 'pairs' => $this->pairs] = $state;
    }

    /** @return list<string> */
    public function keys(): array
    {
        return array_map(strval(...), array_keys($this->possible));
    }

    /** @return list<string> the contents that were meant for a key of late */
    public function known(string $key): array
    {
        return array_map(strval(...), array_keys($this->known[$key] ?? []));
    }

    /** @return list<string|null> */
    public function possible(string $key): array
    {
        return $this->possible[$key] ?? [null];
    }

    /** The content of a key, null if there is none, false if it is not known. */
    public function certain(string $key): string|null|false
    {
        $possible = $this->possible($key);
        return count($possible) === 1 ? $possible[0] : false;
    }

    /** The content that these bytes are, or a mark of what is not known: `?DIGEST of SIZE bytes`. */
    public function identify(string $key, string $bytes): string
    {
        $digest = Content::digest($bytes);
        foreach ([...$this->possible($key), ...$this->known($key)] as $name) {
            $fits = $name !== null && Content::size($name) === strlen($bytes);
            if ($fits && Content::digestOf($name) === $digest) {
                return $name;
            }
        }
        return "?$digest of " . strlen($bytes) . ' bytes';
    }

    /** The same for a part of a content. */
    public function identifyPart(string $key, int $offset, int $length, string $bytes): string
    {
        foreach ([...$this->possible($key), ...$this->known($key)] as $name) {
            if ($name !== null && substr(Content::make($name), $offset, $length) === $bytes) {
                return $name;
            }
        }
        return '?' . Content::digest($bytes) . " from $offset on, " . strlen($bytes) . " of $length bytes";
    }

    /**
     * An operation begins.
     *
     * @param array<string, mixed> $line `do`, `id`, `changes` (key to content or null), perhaps `pair` and `condition`
     */
    public function begin(array $line): void
    {
        $line['before'] = [];
        foreach ($line['changes'] ?? [] as $key => $content) {
            $key = (string) $key;
            $line['before'][$key] = $this->possible($key);
            if ($content !== null) {
                $this->known[$key][$content] = true;
                if (count($this->known[$key]) > self::KNOWN) {
                    unset($this->known[$key][array_key_first($this->known[$key])]);
                }
            }
            $this->possible[$key] = self::either($this->possible($key), [$content]);
            $this->pairs = array_values(array_filter($this->pairs, fn ($pair) => !in_array($key, $pair, true)));
        }
        $this->open[$line['id']] = $line;
    }

    /**
     * An operation has ended: what is wrong about that.
     *
     * @param array<string, mixed> $line `end` (the id), `code`, perhaps `codes` (of each key), `seen`, `sizes`, …
     * @return list<array{0: string, 1: string}> kind and text
     */
    public function end(array $line): array
    {
        $begun = $this->open[$line['end']] ?? null;
        unset($this->open[$line['end']]);
        if ($begun === null) {
            return [['malformed', "operation {$line['end']} ends and did not begin"]];
        }
        $wrong = [...$this->judgeCode($begun, $line), ...$this->judgeCondition($begun, $line)];
        foreach ($begun['changes'] ?? [] as $key => $content) {
            $key = (string) $key;
            $code = array_key_exists($key, $line['codes'] ?? []) ? $line['codes'][$key] : $line['code'];
            if ($code === null) {
                $this->possible[$key] = [$content];
                $this->acknowledged[$key] = [(float) $line['at'], "{$begun['do']} {$begun['id']}"];
            } elseif (in_array($code, self::NOT_APPLIED, true)) {
                $this->possible[$key] = $begun['before'][$key];
            }
        }
        if (isset($begun['pair']) && $line['code'] !== null) {
            array_push($wrong, ...$this->judgeMove($begun, $line));
        }
        foreach ($line['seen'] ?? [] as $key => $seen) {
            array_push($wrong, ...$this->see((string) $key, $seen, $line['settled'][$key] ?? false));
        }
        foreach ($line['sizes'] ?? [] as $key => $size) {
            array_push($wrong, ...$this->seeSize((string) $key, $size));
        }
        return array_map(static fn (array $one) => [$one[0], "{$begun['do']} {$begun['id']}: $one[1]"], $wrong);
    }

    /**
     * The process is no more: what it began may have been done, and nobody was told.
     *
     * @return list<array<string, mixed>> what had no outcome
     */
    public function abandon(): array
    {
        $open = array_values($this->open);
        foreach ($open as $begun) {
            if (isset($begun['pair'])) {
                $this->pairs[] = [...$begun['pair'], (string) $begun['changes'][$begun['pair'][1]]];
            }
        }
        $this->open = [];
        return $open;
    }

    /**
     * Somebody has looked at an object: what is wrong about what is there. Where nothing can be under way any more,
     * it is known from now on.
     *
     * @return list<array{0: string, 1: string}>
     */
    public function see(string $key, ?string $seen, bool $isSettled = false): array
    {
        $possible = $this->possible($key);
        if (in_array($seen, $possible, true)) {
            if ($isSettled) {
                $this->possible[$key] = [$seen];
                return $this->judgePairs($key);
            }
            return [];
        }
        return [[$this->kind($key, $seen), $this->tell($key, $seen ?? 'absent')]];
    }

    /** @return list<array{0: string, 1: string}> */
    private function seeSize(string $key, ?int $size): array
    {
        foreach ($this->possible($key) as $name) {
            if ($name === null ? $size === null : Content::size($name) === $size) {
                return [];
            }
        }
        foreach (array_keys($this->known[$key] ?? []) as $name) {
            if ($size !== null && Content::size($name) === $size) {
                return [[$this->kind($key, $name), $this->tell($key, $name)]];
            }
        }
        $seen = $size === null ? null : "?unknown of $size bytes";
        return [[$this->kind($key, $seen), $this->tell($key, $seen ?? 'absent')]];
    }

    private function kind(string $key, ?string $seen): string
    {
        return match (true) {
            $seen === null => 'lost',
            isset($this->known[$key][$seen]) => 'undone',
            $this->possible($key) === [null] => 'phantom',
            default => 'corrupted',
        };
    }

    private function tell(string $key, string $seen): string
    {
        $possible = implode(' or ', array_map(static fn ($name) => $name ?? 'absent', $this->possible($key)));
        [$at, $by] = $this->acknowledged[$key] ?? [0.0, 'nothing'];
        return "$key is $seen in place of $possible (acknowledged at $at by $by)";
    }

    /** When the present state of a key was acknowledged. */
    public function acknowledgedAt(string $key): float
    {
        return $this->acknowledged[$key][0] ?? 0.0;
    }

    /**
     * @param array<string, mixed> $begun
     * @param array<string, mixed> $line
     * @return list<array{0: string, 1: string}>
     */
    private function judgeCode(array $begun, array $line): array
    {
        $wrong = [];
        $codes = array_filter([$line['code'], ...array_values($line['codes'] ?? [])]);
        foreach (array_intersect(array_unique($codes), self::UNEXPLAINED) as $code) {
            $wrong[] = ['unexplained', "$code: " . ($line['message'] ?? '')];
        }
        if (isset($line['wrong'])) {
            $wrong[] = ['corrupted', (string) $line['wrong']];
        }
        if (($line['left'] ?? []) !== []) {
            $wrong[] = ['leftover', implode(', ', $line['left'])];
        }
        return $wrong;
    }

    /**
     * @param array<string, mixed> $begun
     * @param array<string, mixed> $line
     * @return list<array{0: string, 1: string}>
     */
    private function judgeCondition(array $begun, array $line): array
    {
        $condition = $begun['condition'] ?? null;
        if ($condition === null) {
            return [];
        }
        $key = (string) array_key_first($begun['changes']);
        $before = $begun['before'][$key];
        $held = $line['code'] === null;
        $failed = in_array($line['code'], ['PRECONDITION_FAILED', 'FILE_NOT_FOUND'], true);
        $isWrong = match ($condition) {
            'absent' => ($held && !in_array(null, $before, true)) || ($failed && $before === [null]),
            'same' => $failed,
            'other' => $held,
        };
        $told = implode(' or ', array_map(static fn ($name) => $name ?? 'absent', $before));
        return $isWrong ? [['condition', "$condition: " . ($line['code'] ?? 'done') . " while $key was $told"]] : [];
    }

    /**
     * A move that failed has to say what exists.
     *
     * @param array<string, mixed> $begun
     * @param array<string, mixed> $line
     * @return list<array{0: string, 1: string}>
     */
    private function judgeMove(array $begun, array $line): array
    {
        [$from, $to] = $begun['pair'];
        $content = (string) $begun['changes'][$to];
        $message = (string) ($line['message'] ?? '');
        if ($line['code'] === 'FILE_NOT_FOUND') {
            return in_array(null, $begun['before'][$from], true) ? [] : [['lost', "$from is not found"]];
        }
        if (str_contains($message, 'nothing was copied')) {
            $this->possible[$to] = $begun['before'][$to];
            $this->possible[$from] = $begun['before'][$from];
        } elseif (str_contains($message, 'the copy may exist')) {
            $this->possible[$from] = $begun['before'][$from];
        } elseif (str_contains($message, 'both exist')) {
            $this->possible[$from] = $begun['before'][$from];
            $this->possible[$to] = [$content];
        } elseif (str_contains($message, 'was kept')) {
            $this->possible[$from] = $begun['before'][$from];
        } elseif (str_contains($message, 'whether the source was deleted is not known')) {
            $this->possible[$to] = [$content];
        } else {
            $this->pairs[] = [$from, $to, $content];
            return [['silent', "it does not say what exists: {$line['code']} $message"]];
        }
        $this->pairs[] = [$from, $to, $content];
        return [];
    }

    /**
     * Of a failed move at least one end is there.
     *
     * @return list<array{0: string, 1: string}>
     */
    private function judgePairs(string $key): array
    {
        $wrong = [];
        foreach ($this->pairs as [$from, $to, $content]) {
            $isBoth = $this->possible($from) !== [$content] && $this->possible($to) !== [$content]
                && $this->certain($from) !== false && $this->certain($to) !== false;
            if (($key === $from || $key === $to) && $isBoth) {
                $wrong[] = ['lost', "$content is neither at $from nor at $to after a move that failed"];
            }
        }
        return $wrong;
    }

    /**
     * @param list<string|null> $a
     * @param list<string|null> $b
     * @return list<string|null>
     */
    private static function either(array $a, array $b): array
    {
        foreach ($b as $one) {
            if (!in_array($one, $a, true)) {
                $a[] = $one;
            }
        }
        return $a;
    }
}
