<?php

declare(strict_types=1);

namespace S3Storage;

use Iterator;

/**
 * The versions of a listing, asked for page by page; what {@see Storage::listVersions()} returns.
 *
 * Meant for `foreach`. A page of up to 1000 versions is asked for when the loop gets there; the first one when the loop
 * begins. A failure throws out of the loop; it never ends it.
 *
 * Source: ListObjectVersions.
 * Errors: those of {@see Storage::listVersions()}, from every method that may ask for a page.
 *
 * @implements Iterator<int, ObjectVersion>
 *
 * @strict-properties
 * @not-serializable
 */
final class VersionIterator implements Iterator
{
    /**
     * Only {@see Storage::listVersions()} makes one.
     */
    private function __construct()
    {
    }

    /**
     * The present version.
     *
     * Requests: one if the first page is not there yet.
     *
     * @throws Exception\OperationFailedException There is none: the listing is at its end.
     * @throws Exception\S3Exception              The page could not be had.
     */
    public function current(): ObjectVersion
    {
    }

    /**
     * The number of the present version, counted from 0.
     *
     * Requests: none.
     */
    public function key(): int
    {
    }

    /**
     * Goes to the next version.
     *
     * Requests: one if the page is used up.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function next(): void
    {
    }

    /**
     * Goes to the first version. Once past it, this begins a new listing, which may differ from the one before.
     *
     * Requests: one; none on the first version.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function rewind(): void
    {
    }

    /**
     * Whether there is a present version.
     *
     * Requests: one if the page is not there yet.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function valid(): bool
    {
    }
}
