<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * A form that uploads one object and carries its own signature.
 *
 * Post it as `multipart/form-data` to `->url`: every field of `->fields` as it stands, and behind them the content as
 * the file field `file`. Whoever has the fields may upload until they end: treat them as a secret.
 *
 * @see Storage::presignPost()
 *
 * @strict-properties
 */
final class PresignedPost
{
    /**
     * Where the form is posted to.
     */
    public readonly string $url;

    /**
     * The fields of the form, name to value; all of them are needed, as they stand.
     *
     * @var array<string, string>
     */
    public readonly array $fields;

    /**
     * When the form ends, in Unix seconds.
     */
    public readonly int $expiresAt;

    /**
     * Makes a result, for the tests and doubles of an application; signs nothing.
     *
     * @param string                $url       Where the form is posted to.
     * @param array<string, string> $fields    The fields of the form.
     * @param int                   $expiresAt Unix seconds.
     */
    public function __construct(string $url, array $fields, int $expiresAt)
    {
    }
}
