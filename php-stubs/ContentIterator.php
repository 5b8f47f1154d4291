<?php

declare(strict_types=1);

namespace S3Storage;

use Iterator;

/**
 * The contents of many objects, read several at once; what {@see Storage::readMany()} returns.
 *
 * Meant for one `foreach`. Objects come in the order in which they arrive, each under its pathname, a string also where
 * it looks like a number. Pathnames are pulled, and a round of reads is made, when the loop gets there.
 *
 * Source: GetObject.
 * Requests: one for each object.
 *
 * @implements Iterator<string, string|Exception\S3Exception>
 *
 * @strict-properties
 * @not-serializable
 */
final class ContentIterator implements Iterator
{
    /**
     * Only {@see Storage::readMany()} makes one.
     */
    private function __construct()
    {
    }

    /**
     * The content of the present object, or why there is none.
     *
     * @throws Exception\OperationFailedException Everything was read.
     */
    public function current(): Exception\S3Exception|string
    {
    }

    /**
     * The pathname of the present object.
     *
     * @throws Exception\OperationFailedException Everything was read.
     */
    public function key(): string
    {
    }

    /**
     * Goes to the next object.
     */
    public function next(): void
    {
    }

    /**
     * Does nothing before the first object was left.
     *
     * @throws Exception\OperationFailedException What was read is gone; call {@see Storage::readMany()} again.
     */
    public function rewind(): void
    {
    }

    /**
     * Whether there is a present object.
     */
    public function valid(): bool
    {
    }
}
