<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use Generator;
use League\Flysystem\DirectoryAttributes;
use League\Flysystem\FileAttributes;
use League\Flysystem\PathPrefixer;
use League\Flysystem\StorageAttributes;
use S3Storage\ObjectInfo;
use S3Storage\Storage;

/**
 * What Flysystem is told of objects and directories.
 *
 * @internal
 */
final class Entries
{
    /** What S3 calls a content whose type nobody has named. */
    public const UNKNOWN_TYPE = 'binary/octet-stream';

    /**
     * Those in a directory, or below it, as they are listed.
     *
     * @return Generator<int, StorageAttributes>
     */
    public static function in(Storage $storage, PathPrefixer $prefixer, string $path, bool $deep): Generator
    {
        $prefix = $prefixer->prefixDirectoryPath($path);
        $itself = rtrim($prefix, '/');
        $start = strlen($prefixer->prefixPath(''));
        $token = null;
        do {
            // By pages, as far as there are no directories: an array is gone through quicker than an iterator.
            $page = $deep ? $storage->listPage($prefix, continuationToken: $token) : null;
            foreach ($page->objects ?? $storage->list($prefix, recursive: false) as $object) {
                $name = $object->pathname;
                if ($name[-1] !== '/') {
                    $class = $object->storageClass;
                    $etag = $object->etag;
                    // What S3 tells; not by file(), since this is done for each of many thousands of entries.
                    yield $class === null || $etag === null || $object->mimeType !== null
                        ? self::file($object, substr($name, $start))
                        : new FileAttributes(substr($name, $start), $object->size, null, $object->lastModified, null, [
                            'StorageClass' => $class,
                            'ETag' => $etag,
                        ]);
                } elseif (rtrim($name, '/') !== $itself) {
                    yield new DirectoryAttributes(rtrim(substr($name, $start), '/'));
                }
                // Left out is the marker of the directory itself, and, of names such as `a//b`, a directory of the same
                // path: whoever goes down into it would never come to an end.
            }
            $token = $page?->nextToken;
        } while ($token !== null);
    }

    public static function file(ObjectInfo $info, string $path): FileAttributes
    {
        $more = [];
        if ($info->metadata !== null) {
            $more['Metadata'] = $info->metadata;
        }
        if ($info->storageClass !== null) {
            $more['StorageClass'] = $info->storageClass;
        }
        if ($info->etag !== null) {
            $more['ETag'] = $info->etag;
        }
        if ($info->versionId !== null) {
            $more['VersionId'] = $info->versionId;
        }
        $type = $info->mimeType === self::UNKNOWN_TYPE ? null : $info->mimeType;
        return new FileAttributes($path, $info->size, null, $info->lastModified, $type, $more);
    }
}
