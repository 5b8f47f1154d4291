<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** A target: what a row of ours is to be, alone or beside a peer's. */
final class Claim
{
    private function __construct(
        private readonly string $what,
        private readonly float $limit,
        private readonly ?string $peer = null,
    ) {
    }

    /** Ours is at most so many times the peer's; where more is better, at least. */
    public static function beside(string $peer, float $times): self
    {
        return new self('beside', $times, $peer);
    }

    /** Ours is at most that, in the row's unit. */
    public static function most(float $value): self
    {
        return new self('most', $value);
    }

    /** Ours is at most so many times what ours is in another row. */
    public static function besideRow(string $row, float $times): self
    {
        return new self('beside row', $times, $row);
    }

    /** What stands on ours keeps so much of its speed. */
    public static function keeps(string $peer, float $part): self
    {
        return new self('keeps', $part, $peer);
    }

    /** The process holds at most so many MB. */
    public static function memory(float $megabytes): self
    {
        return new self('memory', $megabytes);
    }

    /** The same, above what PHP holds that did nothing. */
    public static function memoryOverBare(float $megabytes): self
    {
        return new self('over bare', $megabytes);
    }

    /** In words: the target, and whether it is met, missed, or cannot be told here. */
    public function verdict(Row $row, Results $results): string
    {
        $ours = $results->of($row, 'S3storage');
        [$target, $value] = match ($this->what) {
            'most' => [sprintf('≤ %s %s', self::short($this->limit), $row->unit), $ours?->median()],
            'memory' => [sprintf('≤ %s MB', self::short($this->limit)), $ours?->memory()],
            'over bare' => [
                sprintf('≤ %s MB over bare PHP', self::short($this->limit)),
                $ours === null ? null : $ours->memory() - $results->bareMemory,
            ],
            'beside row' => [
                sprintf('≤ %s × %s', self::short($this->limit), $this->peer),
                $results->ratioToRow($row, (string) $this->peer),
            ],
            'keeps' => [
                sprintf('%s keeps ≥ %s of the speed', $this->peerName(), self::short($this->limit)),
                $results->ratio($row, (string) $this->peer),
            ],
            'beside' => [
                sprintf('%s %s × %s', $row->lessIsBetter() ? '≤' : '≥', self::short($this->limit), $this->peerName()),
                $results->ratio($row, (string) $this->peer),
            ],
        };
        if ($value === null) {
            $missing = $results->missing($row, (string) $this->peer) ?? 'not measured';
            return "$target: cannot be shown, " . ($ours === null ? 'ours is not built'
                : $this->peerName() . " is $missing" . $this->besideLess($row, $results));
        }
        $most = $this->what !== 'keeps' && ($this->what !== 'beside' || $row->lessIsBetter());
        $met = !$most ? $value >= $this->limit : $value <= $this->limit;
        return "$target: " . ($met ? 'met' : '**missed**') . ' (' . self::short($value) . ')';
    }

    public static function short(float $value): string
    {
        return match (true) {
            abs($value) >= 1000 => number_format($value),
            abs($value) >= 100 => sprintf('%.0f', $value),
            abs($value) >= 10 => sprintf('%.1f', $value),
            default => rtrim(rtrim(sprintf('%.3f', $value), '0'), '.'),
        };
    }

    /** What can be said instead: how it is beside the half of async-aws that is there, which does less. */
    private function besideLess(Row $row, Results $results): string
    {
        $ratio = $this->peer === 'AsyncAws' ? $results->ratio($row, 'AsyncAwsCore') : null;
        return $ratio === null ? '' : sprintf('; beside async-aws/core, which does less, %s', self::short($ratio));
    }

    private function peerName(): string
    {
        return Rows::NAMES[$this->peer] ?? (string) $this->peer;
    }
}
