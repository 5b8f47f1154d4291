<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;

/** A program that runs beside the soak, and is killed with it, or before. */
final class Program
{
    /** @var resource|null */
    private $process = null;

    /** @var array<int, resource> its standard input and output, where they are pipes */
    public array $pipes = [];

    /** Seconds of the processor that runs have used which were killed. */
    public float $usedBefore = 0.0;

    /**
     * @param list<string> $command
     * @param array<string, string> $environment
     */
    public function __construct(
        private readonly array $command,
        private readonly string $log,
        private readonly array $environment = [],
    ) {
    }

    /** @param bool $isAsked whether it is asked over its standard input, and answers */
    public function start(bool $isAsked = false): void
    {
        // Whatever ends the soak ends it too, but for a Ctrl-C, after which the soak comes to its end in order.
        $command = ['setpriv', '--pdeathsig', 'KILL', '--', 'setsid', ...$this->command];
        $log = ['file', $this->log, 'a'];
        $pipes = $isAsked ? [['pipe', 'r'], ['pipe', 'w'], $log] : [['file', '/dev/null', 'r'], $log, $log];
        $process = proc_open($command, $pipes, $this->pipes, null, $this->environment + getenv());
        if ($process === false) {
            throw new RuntimeException("{$this->command[0]} did not start");
        }
        $this->process = $process;
    }

    public function isRunning(): bool
    {
        return $this->process !== null && proc_get_status($this->process)['running'];
    }

    public function pid(): int
    {
        return $this->process === null ? 0 : proc_get_status($this->process)['pid'];
    }

    public function kill(): void
    {
        if ($this->process !== null) {
            $this->usedBefore += self::processor($this->pid());
            proc_terminate($this->process, SIGKILL);
            foreach ($this->pipes as $pipe) {
                fclose($pipe);
            }
            proc_close($this->process);
            $this->process = null;
        }
    }

    /** Seconds of the processor that all its runs have used. */
    public function used(): float
    {
        return $this->usedBefore + ($this->process === null ? 0.0 : self::processor($this->pid()));
    }

    /** What the processor has spent on a process that runs, without its children. */
    public static function processor(int $pid): float
    {
        $stat = (string) @file_get_contents("/proc/$pid/stat");
        $fields = explode(' ', substr($stat, (int) strrpos($stat, ')') + 2));
        return ((int) ($fields[11] ?? 0) + (int) ($fields[12] ?? 0)) / 100;
    }
}
