<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** CPU time of this process, in the program and in the kernel, waiting not included. */
final class CpuTime
{
    /**
     * Microseconds of one call.
     *
     * @param callable(): mixed $call
     */
    public static function ofCall(callable $call, int $calls): float
    {
        $start = self::now();
        for ($i = 0; $i < $calls; $i++) {
            $call();
        }
        return (self::now() - $start) / $calls;
    }

    /** @param non-empty-list<float> $values */
    public static function median(array $values): float
    {
        sort($values);
        $middle = intdiv(count($values), 2);
        return count($values) % 2 === 1 ? $values[$middle] : ($values[$middle - 1] + $values[$middle]) / 2;
    }

    private static function now(): float
    {
        $usage = getrusage();
        return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1e6
            + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'];
    }
}
