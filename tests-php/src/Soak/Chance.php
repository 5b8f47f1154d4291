<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use Random\Engine\Xoshiro256StarStar;
use Random\Randomizer;

/** Random draws that a seed repeats. */
final class Chance
{
    private readonly Randomizer $randomizer;

    /** @param string $who draws of its own for each */
    public function __construct(int $seed, string $who)
    {
        $this->randomizer = new Randomizer(new Xoshiro256StarStar($seed ^ crc32($who)));
    }

    public function int(int $least, int $most): int
    {
        return $this->randomizer->getInt($least, $most);
    }

    /** Once in so many times. */
    public function once(int $in): bool
    {
        return $this->int(1, $in) === 1;
    }

    public function float(float $least, float $most): float
    {
        return $least + ($most - $least) * $this->int(0, 1_000_000) / 1_000_000;
    }

    /**
     * @param list<string> $all
     * @return list<string>
     */
    public function shuffle(array $all): array
    {
        return $this->randomizer->shuffleArray($all);
    }
}
