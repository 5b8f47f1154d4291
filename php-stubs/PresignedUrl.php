<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * A URL that carries its own signature, and what its holder must send with it.
 *
 * Whoever has the URL may use it until it ends: treat it as a secret. It cannot be used as a string; take `->url`.
 *
 * @see Storage::presignGet()
 * @see Storage::presignPut()
 *
 * @strict-properties
 */
final class PresignedUrl
{
    /**
     * The URL.
     */
    public readonly string $url;

    /**
     * The HTTP method that it is signed for: `GET` or `PUT`.
     */
    public readonly string $method;

    /**
     * Headers that are part of the signature, name to value: the holder must send them as they stand.
     *
     * @var array<string, string>
     */
    public readonly array $headers;

    /**
     * When the URL ends, in Unix seconds.
     */
    public readonly int $expiresAt;

    /**
     * Makes a result, for the tests and doubles of an application; signs nothing.
     *
     * @param string                $url       The URL.
     * @param string                $method    `GET` or `PUT`.
     * @param array<string, string> $headers   Headers that must be sent.
     * @param int                   $expiresAt Unix seconds.
     */
    public function __construct(string $url, string $method, array $headers, int $expiresAt)
    {
    }
}
