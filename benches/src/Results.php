<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** Everything that a run has measured. */
final class Results
{
    /** @var array<string, array<string, Figures>> */
    private array $figures = [];
    /** @var array<string, array<string, string>> */
    private array $missing = [];
    /** What PHP holds that did nothing, in MB. */
    public float $bareMemory = 0.0;

    public function add(Row $row, string $contender, float $value, float $memory): void
    {
        $this->figures[$row->id][$contender] ??= new Figures();
        $this->figures[$row->id][$contender]->add($value, $memory);
    }

    public function lacks(Row $row, string $contender, string $why): void
    {
        $this->missing[$row->id][$contender] = $why;
    }

    public function of(Row $row, string $contender): ?Figures
    {
        return $this->figures[$row->id][$contender] ?? null;
    }

    public function missing(Row $row, string $contender): ?string
    {
        return $this->missing[$row->id][$contender] ?? null;
    }

    /** Ours as so many times what ours is in another row. */
    public function ratioToRow(Row $row, string $other): ?float
    {
        [$here, $there] = [$this->of($row, 'S3storage'), $this->figures[$other]['S3storage'] ?? null];
        return $here === null || $there === null ? null : $here->median() / $there->median();
    }

    /** Ours as so many times the peer's. */
    public function ratio(Row $row, string $peer): ?float
    {
        [$ours, $theirs] = [$this->of($row, 'S3storage'), $this->of($row, $peer)];
        return $ours === null || $theirs === null ? null : $ours->median() / $theirs->median();
    }
}
