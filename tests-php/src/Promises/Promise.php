<?php

declare(strict_types=1);

namespace S3Storage\Tests\Promises;

/** A sentence of a document, and the tests that hold the project to it. */
final class Promise
{
    /** @param list<string> $tests */
    public function __construct(
        public readonly string $place,
        public readonly string $text,
        public readonly array $tests,
    ) {
    }
}
