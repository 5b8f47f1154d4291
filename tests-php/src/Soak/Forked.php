<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;

/** A fork that is there, or an exception. */
final class Forked
{
    /** The pid of the child; 0 in the child. */
    public static function process(): int
    {
        $pid = pcntl_fork();
        if ($pid < 0) {
            throw new RuntimeException('fork: ' . pcntl_strerror(pcntl_get_last_error()));
        }
        return $pid;
    }
}
