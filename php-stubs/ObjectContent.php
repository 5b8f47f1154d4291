<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * Content and info of an object, from one response; what {@see Storage::readObject()} returns.
 *
 * ```php
 * $object = $s3->readObject('images/photo.jpg');
 * header('Content-Type: ' . ($object->info->mimeType ?? 'application/octet-stream'));
 * echo $object->content;
 * ```
 *
 * @strict-properties
 */
final class ObjectContent
{
    /**
     * The bytes that were asked for.
     */
    public readonly string $content;

    /**
     * What the response said of the object. `size` is that of the whole object, also where a part was read.
     */
    public readonly ObjectInfo $info;

    /**
     * Makes a result, for the tests and doubles of an application.
     *
     * @param string     $content The bytes.
     * @param ObjectInfo $info    What is known of the object.
     */
    public function __construct(string $content, ObjectInfo $info)
    {
    }
}
