<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** What this process holds, as the kernel counts it. Taken between two operations. */
final class Sample
{
    private static ?\FFI $libc = null;

    /**
     * @return array{rss: int, pss: int, heap: int|null, descriptors: int, threads: int} memory in KiB; `heap` is
     *     what is allocated and not freed, while the others also count what the allocator keeps
     */
    public static function take(): array
    {
        $rollup = (string) @file_get_contents('/proc/self/smaps_rollup');
        $status = (string) file_get_contents('/proc/self/status');
        return [
            'rss' => self::number($status, 'VmRSS'),
            'pss' => self::number($rollup, 'Pss'),
            'heap' => self::heap(),
            // Without `.`, `..` and the one that lists them.
            'descriptors' => count(scandir('/proc/self/fd') ?: []) - 3,
            'threads' => self::number($status, 'Threads'),
        ];
    }

    /** Of malloc, the extension's allocator; PHP's own memory is not in it. Null where this is not glibc. */
    private static function heap(): ?int
    {
        try {
            self::$libc ??= \FFI::cdef('struct mallinfo2 { size_t arena, ordblks, smblks, hblks, hblkhd, usmblks,
                fsmblks, uordblks, fordblks, keepcost; }; struct mallinfo2 mallinfo2(void);');
            $info = self::$libc->mallinfo2();
            return intdiv($info->uordblks + $info->hblkhd, 1024);
        } catch (\Throwable) {
            return null;
        }
    }

    private static function number(string $text, string $name): int
    {
        return preg_match("/^$name:\\s+(\\d+)/m", $text, $match) === 1 ? (int) $match[1] : 0;
    }
}
