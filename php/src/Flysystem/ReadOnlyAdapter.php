<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use League\Flysystem\Config;
use League\Flysystem\DecoratedAdapter;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToCreateDirectory;
use League\Flysystem\UnableToDeleteDirectory;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToSetVisibility;
use League\Flysystem\UnableToWriteFile;

/**
 * Refuses what would change something; nothing is sent for it.
 *
 * @internal For disks that are read-only.
 */
final class ReadOnlyAdapter extends DecoratedAdapter
{
    private const REASON = 'this disk is read-only';

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
