<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * An object as the answer to an HTTP request; what {@see Storage::openResponse()} returns.
 *
 * ```php
 * $response = $s3->openResponse('videos/intro.mp4', range: 'bytes=0-1023');
 * echo $response->status, ' ', $response->headers['Content-Range']; // 206 bytes 0-1023/73400320
 * ```
 * It cannot be serialized: a stream does not leave its process.
 *
 * @strict-properties
 */
final class ObjectResponse
{
    /**
     * Status of the answer: 200, 206, 304 or 416.
     */
    public readonly int $status;

    /**
     * Headers by name, in their usual spelling: `Content-Type`, `Content-Length`, `Content-Range`, `ETag`,
     * `Last-Modified`, `Accept-Ranges`, and those of `Cache-Control`, `Content-Disposition`, `Content-Encoding` and
     * `Content-Language` that the object has.
     *
     * @var array<string, string>
     */
    public readonly array $headers;

    /**
     * The content, as of {@see Storage::readStream()}; null where the answer has none.
     *
     * @var resource|null
     */
    public readonly mixed $stream;

    /**
     * Makes a result, for the tests and doubles of an application.
     *
     * @param int                   $status  Status.
     * @param array<string, string> $headers Headers by name.
     * @param resource|null         $stream  The content.
     */
    public function __construct(int $status, array $headers = [], mixed $stream = null)
    {
    }
}
