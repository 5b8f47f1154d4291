<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * What a response said of an object. What it did not carry is null; nothing is asked for later.
 *
 * A listing tells less than {@see Storage::getMetadata()}: no mimeType, no metadata. Its entries may be directories.
 *
 * ```php
 * $info = $s3->getMetadata('images/photo.jpg');
 * echo date('c', $info->lastModified), ' ', $info->size, ' bytes, ', $info->mimeType;
 *
 * // In the tests of an application:
 * $storage->method('getMetadata')->willReturn(new S3Storage\ObjectInfo('a.txt', size: 5, mimeType: 'text/plain'));
 * ```
 *
 * @strict-properties
 */
final class ObjectInfo
{
    /**
     * The object's name without the bucket's prefix; of a directory, with its final `/`.
     */
    public readonly string $pathname;

    /**
     * Size in bytes, of the whole object.
     */
    public readonly ?int $size;

    /**
     * Last change, in Unix seconds.
     */
    public readonly ?int $lastModified;

    /**
     * MIME type, as it was given when the object was written.
     */
    public readonly ?string $mimeType;

    /**
     * The ETag as received, its quotes included. Opaque: compare it, pass it on; it need not be a hash of the content.
     */
    public readonly ?string $etag;

    /**
     * Who may read the object; null unless it was asked for, or set by the operation.
     *
     * @var 'public'|'private'|null
     */
    public readonly ?string $visibility;

    /**
     * Storage class in the server's words, such as `STANDARD_IA`; null also where the server leaves out its default.
     */
    public readonly ?string $storageClass;

    /**
     * Version, in a versioned bucket.
     */
    public readonly ?string $versionId;

    /**
     * User metadata, name to value; servers turn the names into lower case. Null where the response has none to tell,
     * as in a listing.
     *
     * @var array<string, string>|null
     */
    public readonly ?array $metadata;

    /**
     * Whether this is a directory of a listing that is not recursive: a common start of names, not an object.
     */
    public readonly bool $isDirectory;

    /**
     * Makes an info, for the tests and doubles of an application.
     *
     * @param string                     $pathname     Name of the object.
     * @param int|null                   $size         Bytes.
     * @param int|null                   $lastModified Unix seconds.
     * @param string|null                $mimeType     MIME type.
     * @param string|null                $etag         With its quotes.
     * @param 'public'|'private'|null    $visibility   Who may read the object.
     * @param string|null                $storageClass In the server's words.
     * @param string|null                $versionId    Version.
     * @param array<string, string>|null $metadata     User metadata.
     * @param bool                       $isDirectory  Whether this is a directory.
     */
    public function __construct(
        string $pathname,
        ?int $size = null,
        ?int $lastModified = null,
        ?string $mimeType = null,
        ?string $etag = null,
        ?string $visibility = null,
        ?string $storageClass = null,
        ?string $versionId = null,
        ?array $metadata = null,
        bool $isDirectory = false,
    ) {
    }
}
