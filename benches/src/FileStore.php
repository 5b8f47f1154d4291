<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** A contender that is measured as applications use a store of files, too. */
interface FileStore extends Contender
{
    public function exists(string $key): bool;

    /** A write whose type the caller knows. */
    public function putAs(string $key, string $content, string $type): void;
}
