<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** The memory of this process as the kernel counts it. */
final class Memory
{
    /** Resident memory in bytes. */
    public static function resident(): int
    {
        $status = (string) file_get_contents('/proc/self/status');
        if (preg_match('/^VmRSS:\s+(\d+) kB$/m', $status, $match) !== 1) {
            throw new RuntimeException('/proc/self/status does not tell VmRSS');
        }
        return (int) $match[1] * 1024;
    }
}
