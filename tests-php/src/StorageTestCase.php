<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;
use S3Storage;
use S3Storage\Exception\S3Exception;
use S3Storage\ObjectInfo;

/** A test on the shared server, under a prefix of its own that is emptied in the end. */
abstract class StorageTestCase extends TestCase
{
    protected S3Storage $s3;

    /** The start of every key of this test; ends with a slash. */
    protected string $prefix;

    protected function setUp(): void
    {
        $this->prefix = 'test-' . bin2hex(random_bytes(6)) . '/';
        $this->s3 = $this->storage();
    }

    protected function tearDown(): void
    {
        $all = new S3Storage($this->config([], ['prefix' => '']));
        foreach ($all->list($this->prefix) as $object) {
            $all->delete($object->pathname);
        }
    }

    /**
     * A handle on the shared server with one bucket, `files`.
     *
     * @param array<string, mixed> $server overrides; null takes a key away
     * @param array<string, mixed> $bucket overrides; null takes a key away
     */
    protected function storage(array $server = [], array $bucket = []): S3Storage
    {
        return new S3Storage($this->config($server, $bucket));
    }

    /**
     * @param array<string, mixed> $server overrides; null takes a key away
     * @param array<string, mixed> $bucket overrides; null takes a key away
     * @return array<string, mixed>
     */
    protected function config(array $server = [], array $bucket = []): array
    {
        return [
            'servers' => ['main' => $server + self::section()],
            'buckets' => ['files' => $bucket + $this->bucketSection()],
        ];
    }

    /** @return array<string, mixed> */
    protected static function section(): array
    {
        $section = [
            'endpoint' => Environment::endpoint(),
            'region' => 'us-east-1',
            'credentials' => ['key' => Environment::accessKey(), 'secret' => Environment::secretKey()],
        ];
        return Environment::server() === null ? $section : $section + ['provider' => Environment::provider()];
    }

    /** @return array<string, mixed> */
    protected function bucketSection(): array
    {
        return ['server' => 'main', 'bucket' => Environment::bucket(), 'prefix' => $this->prefix];
    }

    /** The call must fail with this code, in every respect of the code's row of the table. */
    protected static function assertFails(string $code, callable $call): S3Exception
    {
        try {
            $call();
        } catch (S3Exception $exception) {
            [$class, $category, $status] = ErrorTable::ROWS[$code];
            self::assertSame($code, $exception->getErrorCode(), $exception->getMessage());
            self::assertSame($class, $exception::class);
            self::assertSame($category, $exception->getCategory());
            self::assertSame($status, $exception->getHttpStatus());
            return $exception;
        }
        self::fail("expected $code, but the call succeeded");
    }

    /** As above, for what is refused before anything is sent. */
    protected static function assertRefusedLocally(string $code, callable $call): S3Exception
    {
        $exception = self::assertFails($code, $call);
        self::assertSame(0, $exception->getAttempts(), $exception->getMessage());
        self::assertNull($exception->getRequestId());
        self::assertNull($exception->getAwsErrorCode());
        self::assertFalse($exception->isRetryable());
        return $exception;
    }

    /** Equal bytes, without a dump of megabytes when they are not. */
    protected static function assertSameBytes(string $expected, string $actual, string $message = ''): void
    {
        self::assertSame(strlen($expected), strlen($actual), "length: $message");
        self::assertSame(hash('sha256', $expected), hash('sha256', $actual), "content: $message");
    }

    /**
     * @param iterable<ObjectInfo> $objects
     * @return list<string>
     */
    protected static function pathnames(iterable $objects): array
    {
        $pathnames = [];
        foreach ($objects as $object) {
            $pathnames[] = $object->pathname;
        }
        return $pathnames;
    }

    /** A handle on the shared server's bucket with versions, under a prefix of its own. */
    protected function versioned(): S3Storage
    {
        $bucket = Environment::versionedBucket();
        return $this->storage([], ['bucket' => $bucket ?? self::markTestSkipped('S3_VERSIONED_BUCKET is not set')]);
    }

    /** A handle on the shared server's bucket with object lock, under a prefix of its own. */
    protected function locked(): S3Storage
    {
        $bucket = Environment::lockedBucket();
        return $this->storage([], ['bucket' => $bucket ?? self::markTestSkipped('S3_LOCKED_BUCKET is not set')]);
    }

    protected static function skipOnMinio(string $reason): void
    {
        if (Environment::isMinio()) {
            self::markTestSkipped($reason);
        }
    }
}
