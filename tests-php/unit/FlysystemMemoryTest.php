<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** What Flysystem asks of every adapter, of a storage in memory. */
final class FlysystemMemoryTest extends FlysystemContract
{
    /**
     * @param array<string, mixed> $server overrides
     * @param array<string, mixed> $bucket overrides
     * @return array<string, mixed>
     */
    protected function config(array $server = [], array $bucket = []): array
    {
        return [
            'servers' => ['main' => $server + ['driver' => 'memory']],
            'buckets' => ['files' => $bucket + $this->bucketSection()],
        ];
    }
}
