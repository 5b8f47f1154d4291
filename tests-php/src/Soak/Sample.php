<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** What this process holds, as the kernel counts it. Taken between two operations. */
final class Sample
{
    /** @return array{rss: int, pss: int, descriptors: int, threads: int} memory in KiB */
    public static function take(): array
    {
        $rollup = (string) @file_get_contents('/proc/self/smaps_rollup');
        $status = (string) file_get_contents('/proc/self/status');
        return [
            'rss' => self::number($status, 'VmRSS'),
            'pss' => self::number($rollup, 'Pss'),
            // Without `.`, `..` and the one that lists them.
            'descriptors' => count(scandir('/proc/self/fd') ?: []) - 3,
            'threads' => self::number($status, 'Threads'),
        ];
    }

    private static function number(string $text, string $name): int
    {
        return preg_match("/^$name:\\s+(\\d+)/m", $text, $match) === 1 ? (int) $match[1] : 0;
    }
}
