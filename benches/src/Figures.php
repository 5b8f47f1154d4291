<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** What one contender measured in one row, over the rounds. */
final class Figures
{
    /** @var list<float> */
    private array $values = [];
    /** @var list<float> */
    private array $memory = [];

    public function add(float $value, float $memory): void
    {
        $this->values[] = $value;
        $this->memory[] = $memory;
    }

    public function median(): float
    {
        return CpuTime::median($this->values);
    }

    public function least(): float
    {
        return min($this->values);
    }

    public function most(): float
    {
        return max($this->values);
    }

    /** The most that any of its processes held, in MB. */
    public function memory(): float
    {
        return max($this->memory);
    }
}
