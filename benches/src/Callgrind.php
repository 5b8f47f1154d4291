<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/**
 * Counts the instructions of one operation.
 *
 * callgrind runs PHP with N and with 2N calls; the difference is what N calls take, without the start of PHP and
 * without the first connection. Client and server share one core (`scripts/bench.sh`), so that the server answers only
 * once the client waits: the client takes the same turns in every run, and counts differ by less than 0.5 %, whatever
 * else the machine does.
 */
final class Callgrind
{
    private const CALLS = 100;
    private const SCRIPT = __DIR__ . '/../operation.php';

    public static function instructionsPerCall(string $operation): int
    {
        $difference = self::instructions($operation, 2 * self::CALLS) - self::instructions($operation, self::CALLS);
        return (int) round($difference / self::CALLS);
    }

    private static function instructions(string $operation, int $calls): int
    {
        $command = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', PHP_BINARY, '-n', '-d',
            'extension=' . getenv('S3STORAGE_EXTENSION'), self::SCRIPT, $operation, (string) $calls];
        $process = proc_open($command, [0 => ['file', '/dev/null', 'r'], 1 => STDERR, 2 => ['pipe', 'w']], $pipes);
        if ($process === false) {
            throw new RuntimeException('valgrind did not start');
        }
        $said = (string) stream_get_contents($pipes[2]);
        if (proc_close($process) !== 0 || preg_match('/Collected : (\d+)/', $said, $match) !== 1) {
            throw new RuntimeException("valgrind did not count, but said:\n$said");
        }
        return (int) $match[1];
    }
}
