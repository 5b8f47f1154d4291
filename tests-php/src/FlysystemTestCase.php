<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use League\Flysystem\Config;
use League\Flysystem\FilesystemException;
use League\Flysystem\StorageAttributes;
use S3Storage\Exception\S3Exception;
use S3Storage\Flysystem\S3StorageAdapter;

/** A test of the adapter for Flysystem, on the shared server and below a prefix of the adapter's own. */
abstract class FlysystemTestCase extends StorageTestCase
{
    protected S3StorageAdapter $adapter;

    protected function setUp(): void
    {
        if (!interface_exists(\League\Flysystem\ChecksumProvider::class)) {
            self::markTestSkipped('Flysystem 3 is not installed (scripts/setup.sh test)');
        }
        parent::setUp();
        $this->adapter = new S3StorageAdapter($this->s3, 'below');
    }

    protected function tearDown(): void
    {
        // Skipped before there was anything.
        if (isset($this->prefix)) {
            parent::tearDown();
        }
    }

    /** @param array<string, mixed> $config */
    protected function write(string $path, string $contents = 'contents', array $config = []): void
    {
        $this->adapter->write($path, $contents, new Config($config));
    }

    /** @return list<string> paths, those of directories with a slash, in the order of the listing */
    protected function paths(string $path = '', bool $deep = true): array
    {
        return array_map(
            static fn (StorageAttributes $entry): string => $entry->path() . ($entry->isDir() ? '/' : ''),
            iterator_to_array($this->adapter->listContents($path, $deep), false),
        );
    }

    /**
     * The call must fail with this exception of Flysystem, and one of ours with this code behind it.
     *
     * @template T of FilesystemException
     * @param class-string<T> $class
     * @return T
     */
    protected static function assertUnable(string $class, ?string $code, callable $call): FilesystemException
    {
        try {
            $call();
        } catch (FilesystemException $exception) {
            self::assertInstanceOf($class, $exception, $exception->getMessage());
            $ours = $exception->getPrevious();
            self::assertSame($code, $ours instanceof S3Exception ? $ours->getErrorCode() : null, (string) $exception);
            return $exception;
        }
        self::fail("expected $class, but the call succeeded");
    }
}
