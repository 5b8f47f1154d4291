<?php

declare(strict_types=1);

namespace S3Storage\Tests\Flysystem;

use League\Flysystem\AdapterTestUtilities\FilesystemAdapterTestCase;
use League\Flysystem\FilesystemAdapter;
use S3Storage;
use S3Storage\Flysystem\S3StorageAdapter;
use S3Storage\Tests\Environment;

/** Flysystem's own test of adapters, unchanged. */
final class AdapterTest extends FilesystemAdapterTestCase
{
    protected static function createFilesystemAdapter(): FilesystemAdapter
    {
        $s3 = new S3Storage([
            'servers' => ['main' => [
                'endpoint' => Environment::endpoint(),
                'region' => 'us-east-1',
                'credentials' => ['key' => Environment::accessKey(), 'secret' => Environment::secretKey()],
            ]],
            'buckets' => ['files' => ['server' => 'main', 'bucket' => Environment::bucket()]],
        ]);
        return new S3StorageAdapter($s3, 'flysystem-' . bin2hex(random_bytes(6)));
    }
}
