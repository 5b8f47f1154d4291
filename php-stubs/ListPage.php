<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * One page of a listing; what {@see Storage::listPage()} returns.
 *
 * @strict-properties
 */
final class ListPage
{
    /**
     * The objects of the page, in the order of the server.
     *
     * @var list<ObjectInfo>
     */
    public readonly array $objects;

    /**
     * The directories of the page, each with its final `/`; empty in a recursive listing.
     *
     * @var list<string>
     */
    public readonly array $prefixes;

    /**
     * What {@see Storage::listPage()} takes as `continuationToken` for the next page; null on the last one. Opaque.
     */
    public readonly ?string $nextToken;

    /**
     * Makes a page, for the tests and doubles of an application.
     *
     * @param list<ObjectInfo> $objects   The objects.
     * @param list<string>     $prefixes  The directories, each with its final `/`.
     * @param string|null      $nextToken Token of the next page; null for the last one.
     */
    public function __construct(array $objects = [], array $prefixes = [], ?string $nextToken = null)
    {
    }
}
