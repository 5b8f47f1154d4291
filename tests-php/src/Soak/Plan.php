<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** What a run consists of: where it keeps its files, its seed, its time limits, and who works. */
final class Plan
{
    public const OPERATION_TIMEOUT = 10.0;
    public const BUCKET = 'soak';
    public const KEY = 'soak-key';
    public const SECRET = 'soak-secret';

    /** Slots of each server: those that live through the run, one of them with children, and those that are killed. */
    public const ROLES = ['steady-1' => 'steady', 'steady-2' => 'steady', 'forking' => 'forking',
        'mortal-1' => 'mortal', 'mortal-2' => 'mortal'];

    /** What all clients may use of one core, and how many there are. */
    private const PROCESSOR = 0.5;
    private const CLIENTS = 16;

    public readonly float $share;

    public function __construct(
        private readonly string $root,
        public readonly int $seed,
        public readonly float $seconds,
    ) {
        $this->share = self::PROCESSOR / self::CLIENTS;
    }

    public function folder(string $name): string
    {
        @mkdir("$this->root/$name", 0o700, true);
        return "$this->root/$name";
    }

    public function journals(): string
    {
        return $this->folder('journals');
    }

    /**
     * @param string $endpoint of the line in front of the server
     * @return array<string, mixed>
     */
    public static function config(string $server, string $endpoint): array
    {
        return [
            'servers' => [$server => [
                'endpoint' => $endpoint,
                'region' => 'us-east-1',
                'provider' => $server === 'minio' ? 'minio' : 'generic',
                'credentials' => ['key' => self::KEY, 'secret' => self::SECRET],
                'connect_timeout' => 2,
                'read_timeout' => 3,
                'operation_timeout' => self::OPERATION_TIMEOUT,
            ]],
            'buckets' => ['soak' => ['server' => $server, 'bucket' => self::BUCKET]],
        ];
    }
}
