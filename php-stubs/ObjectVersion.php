<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * A version of an object, or the mark that it was deleted; what {@see Storage::listVersions()} lists.
 *
 * ```php
 * foreach ($s3->listVersions('report.pdf') as $version) {
 *     if (!$version->isLatest && !$version->isDeleteMarker) {
 *         $s3->delete($version->pathname, options: ['versionId' => $version->versionId]);     // for good
 *     }
 * }
 * ```
 *
 * @strict-properties
 */
final class ObjectVersion
{
    /**
     * The object's name without the bucket's prefix.
     */
    public readonly string $pathname;

    /**
     * The id of the version, opaque; `null`, as a text, for what was written without versioning.
     */
    public readonly string $versionId;

    /**
     * Whether this is what a read without a version finds. If it is a delete marker, a read finds no object.
     */
    public readonly bool $isLatest;

    /**
     * Whether this is the mark of a deletion. It has no content: size, etag and storageClass are null.
     */
    public readonly bool $isDeleteMarker;

    /**
     * Size in bytes.
     */
    public readonly ?int $size;

    /**
     * When it was written, in Unix seconds.
     */
    public readonly ?int $lastModified;

    /**
     * The ETag as received, its quotes included.
     */
    public readonly ?string $etag;

    /**
     * Storage class in the server's words.
     */
    public readonly ?string $storageClass;

    /**
     * Makes a version, for the tests and doubles of an application.
     *
     * @param string      $pathname       Name of the object.
     * @param string      $versionId      Id of the version.
     * @param bool        $isLatest       Whether it is the latest.
     * @param bool        $isDeleteMarker Whether it is the mark of a deletion.
     * @param int|null    $size           Bytes.
     * @param int|null    $lastModified   Unix seconds.
     * @param string|null $etag           With its quotes.
     * @param string|null $storageClass   In the server's words.
     */
    public function __construct(
        string $pathname,
        string $versionId,
        bool $isLatest = false,
        bool $isDeleteMarker = false,
        ?int $size = null,
        ?int $lastModified = null,
        ?string $etag = null,
        ?string $storageClass = null,
    ) {
    }
}
