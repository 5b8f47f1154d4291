<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** What is measured: one kind of work at one size, by several contenders. */
final class Row
{
    /**
     * @param 'cpu'|'rate'|'time' $kind microseconds of CPU; so much per second; milliseconds
     * @param list<string> $contenders
     * @param list<Claim> $claims
     */
    public function __construct(
        public readonly string $id,
        public readonly string $title,
        public readonly string $unit,
        public readonly string $work,
        public readonly int $size,
        public readonly int $calls,
        public readonly array $contenders,
        public readonly string $scheme = 'http',
        public readonly string $line = '',
        public readonly bool $oneCore = false,
        public readonly bool $memory = false,
        public readonly array $claims = [],
        public readonly string $series = '',
    ) {
    }

    /** Two that differ by a tenth need more rounds than those that differ by times. */
    public function rounds(int $usual): int
    {
        return $this->series === 'adapter' ? 5 * $usual : $usual;
    }

    public function lessIsBetter(): bool
    {
        return !str_ends_with($this->unit, '/s');
    }
}
