<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use DateTimeInterface;
use League\Flysystem\ChecksumProvider;
use League\Flysystem\Config;
use League\Flysystem\DecoratedAdapter;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToCreateDirectory;
use League\Flysystem\UnableToDeleteDirectory;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToSetVisibility;
use League\Flysystem\UnableToWriteFile;
use League\Flysystem\UrlGeneration\PublicUrlGenerator;
use League\Flysystem\UrlGeneration\TemporaryUrlGenerator;

/**
 * Refuses what would change something; nothing is sent for it.
 *
 * @internal For disks that are read-only.
 */
final class ReadOnlyAdapter extends DecoratedAdapter implements
    PublicUrlGenerator,
    TemporaryUrlGenerator,
    ChecksumProvider
{
    private const REASON = 'this disk is read-only';

    public function __construct(private readonly S3StorageAdapter $s3)
    {
        parent::__construct($s3);
    }

    public function publicUrl(string $path, Config $config): string
    {
        return $this->s3->publicUrl($path, $config);
    }

    public function temporaryUrl(string $path, DateTimeInterface $expiresAt, Config $config): string
    {
        return $this->s3->temporaryUrl($path, $expiresAt, $config);
    }

    public function checksum(string $path, Config $config): string
    {
        return $this->s3->checksum($path, $config);
    }

    public function write(string $path, string $contents, Config $config): void
    {
        throw UnableToWriteFile::atLocation($path, self::REASON);
    }

    public function writeStream(string $path, $contents, Config $config): void
    {
        throw UnableToWriteFile::atLocation($path, self::REASON);
    }

    public function delete(string $path): void
    {
        throw UnableToDeleteFile::atLocation($path, self::REASON);
    }

    public function deleteDirectory(string $path): void
    {
        throw UnableToDeleteDirectory::atLocation($path, self::REASON);
    }

    public function createDirectory(string $path, Config $config): void
    {
        throw UnableToCreateDirectory::atLocation($path, self::REASON);
    }

    public function setVisibility(string $path, string $visibility): void
    {
        throw UnableToSetVisibility::atLocation($path, self::REASON);
    }

    public function move(string $source, string $destination, Config $config): void
    {
        throw UnableToMoveFile::because(self::REASON, $source, $destination);
    }

    public function copy(string $source, string $destination, Config $config): void
    {
        throw UnableToCopyFile::because(self::REASON, $source, $destination);
    }
}
