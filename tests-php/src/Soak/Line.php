<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;

/** The bad line in front of a server: the program `chaos_proxy`. */
final class Line
{
    public readonly string $endpoint;

    private readonly Program $program;

    public function __construct(string $binary, string $address, int $seed, string $log)
    {
        $this->program = new Program([$binary, $address, (string) $seed], $log);
        $this->program->start(true);
        $this->endpoint = $this->answer();
    }

    public function chaos(): void
    {
        $this->ask('chaos');
    }

    /** Connections are reset; new ones are good. */
    public function calm(): void
    {
        $this->ask('calm');
    }

    /** @return array<string, int> faults by kind, bytes, connections */
    public function counts(): array
    {
        return json_decode($this->ask('counts'), true, 8, JSON_THROW_ON_ERROR);
    }

    public function used(): float
    {
        return $this->program->used();
    }

    public function stop(): void
    {
        $this->program->kill();
    }

    private function ask(string $command): string
    {
        fwrite($this->program->pipes[0], "$command\n");
        return $this->answer();
    }

    private function answer(): string
    {
        $read = [$this->program->pipes[1]];
        $none = null;
        $line = stream_select($read, $none, $none, 10) === 1 ? fgets($this->program->pipes[1]) : false;
        if ($line === false) {
            throw new RuntimeException('the line does not answer');
        }
        return trim($line);
    }
}
