<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;

/**
 * How the servers are run: the one place that knows their programs. A server keeps its port and its data when it is
 * killed.
 */
final class SoakServer
{
    private const START_SECONDS = 60;

    public readonly RawS3 $raw;
    public readonly string $address;

    private readonly Program $program;

    public function __construct(public readonly string $name, Plan $plan)
    {
        $this->address = '127.0.0.1:' . self::freePort();
        $data = $plan->folder("data/$name");
        $binary = (string) getenv('SOAK_' . strtoupper($name));
        [$command, $environment] = match ($name) {
            'minio' => [
                [$binary, 'server', '--quiet', '--address', $this->address, '--console-address', '127.0.0.1:0', $data],
                ['MINIO_ROOT_USER' => Plan::KEY, 'MINIO_ROOT_PASSWORD' => Plan::SECRET, 'MINIO_UPDATE' => 'off'],
            ],
            'versitygw' => [
                [$binary, '--port', $this->address, '--quiet', '--keep-alive',
                    '--iam-dir', $plan->folder('iam'), 'posix', $data],
                ['ROOT_ACCESS_KEY' => Plan::KEY, 'ROOT_SECRET_KEY' => Plan::SECRET],
            ],
        };
        $this->program = new Program($command, $plan->folder('logs') . "/$name.log", $environment);
        $this->raw = new RawS3("http://$this->address", Plan::KEY, Plan::SECRET, Plan::BUCKET);
    }

    public function start(): void
    {
        $this->program->start();
    }

    public function kill(): void
    {
        $this->program->kill();
    }

    public function isRunning(): bool
    {
        return $this->program->isRunning();
    }

    public function used(): float
    {
        return $this->program->used();
    }

    /** What runs have used that were killed. */
    public function usedBefore(): float
    {
        return $this->program->usedBefore;
    }

    /** Waits until the server takes objects. */
    public function await(): void
    {
        $until = Journal::now() + self::START_SECONDS;
        $this->raw->makeBucket();
        while (!$this->raw->put('ready', '')) {
            if (!$this->isRunning() || Journal::now() > $until) {
                throw new RuntimeException("$this->name does not take objects");
            }
            usleep(200_000);
            $this->raw->makeBucket();
        }
        $this->raw->delete('ready');
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        return (int) substr((string) strrchr((string) stream_socket_get_name($socket, false), ':'), 1);
    }
}
