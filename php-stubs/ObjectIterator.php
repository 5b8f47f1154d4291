<?php

declare(strict_types=1);

namespace S3Storage;

use Iterator;

/**
 * The entries of a listing, asked for page by page; what {@see Storage::list()} returns.
 *
 * Meant for `foreach`. A page of up to 1000 entries is asked for when the loop gets there; the first one when the loop
 * begins. A failure throws out of the loop; it never ends it.
 *
 * Source: ListObjectsV2.
 * Errors: those of {@see Storage::list()}, from every method that may ask for a page.
 *
 * @implements Iterator<int, ObjectInfo>
 *
 * @strict-properties
 * @not-serializable
 */
final class ObjectIterator implements Iterator
{
    /**
     * Only {@see Storage::list()} makes one.
     */
    private function __construct()
    {
    }

    /**
     * The present entry.
     *
     * Requests: one if the first page is not there yet.
     *
     * @throws Exception\OperationFailedException There is none: the listing is at its end.
     * @throws Exception\S3Exception              The page could not be had.
     */
    public function current(): ObjectInfo
    {
    }

    /**
     * The number of the present entry, counted from 0.
     *
     * Requests: none.
     */
    public function key(): int
    {
    }

    /**
     * Goes to the next entry.
     *
     * Requests: one if the page is used up.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function next(): void
    {
    }

    /**
     * Goes to the first entry. Once past it, this begins a new listing, which may differ from the one before.
     *
     * Requests: one; none on the first entry.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function rewind(): void
    {
    }

    /**
     * Whether there is a present entry.
     *
     * Requests: one if the page is not there yet.
     *
     * @throws Exception\S3Exception The page could not be had.
     */
    public function valid(): bool
    {
    }
}
