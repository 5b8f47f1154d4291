<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * A multipart upload that was begun, and neither completed nor aborted; an entry of {@see Storage::listUploads()}.
 *
 * @strict-properties
 */
final class Upload
{
    /**
     * Name of the object that it would become.
     */
    public readonly string $pathname;

    /**
     * The server's id of the upload; opaque.
     */
    public readonly string $uploadId;

    /**
     * When it was begun, in Unix seconds; null where the server does not tell.
     */
    public readonly ?int $initiated;

    /**
     * Makes an upload, for the tests and doubles of an application.
     *
     * @param string   $pathname  The pathname.
     * @param string   $uploadId  The id.
     * @param int|null $initiated When it was begun, in Unix seconds.
     */
    public function __construct(string $pathname, string $uploadId, ?int $initiated = null)
    {
    }
}
