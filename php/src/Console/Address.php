<?php

declare(strict_types=1);

namespace S3Storage\Console;

use S3Storage;

/**
 * What an argument means: `uploads:images/a.png` is a pathname of the bucket alias `uploads`, everything else a path of
 * this machine. A file whose name has a colon is written with a `/` before it: `./a:b`.
 */
final class Address
{
    private function __construct(
        public readonly ?string $alias,
        public readonly string $path,
    ) {
    }

    public static function parse(string $argument): self
    {
        if (preg_match('~^([^/:]+):(.*)$~s', $argument, $match) === 1) {
            return new self($match[1], $match[2]);
        }
        return new self(null, $argument);
    }

    public function isRemote(): bool
    {
        return $this->alias !== null;
    }

    /** The bucket that is meant. */
    public function bucket(S3Storage $s3): S3Storage
    {
        return $s3->bucket((string) $this->alias);
    }

    /** The path of a single file or object: below this one where it is a directory, which a final `/` says, too. */
    public function for(Address $source): string
    {
        $isDirectory = $this->path === '' || str_ends_with($this->path, '/');
        if (!$isDirectory && ($this->isRemote() || !is_dir($this->path))) {
            return $this->path;
        }
        $directory = $this->path === '' || $isDirectory ? $this->path : "$this->path/";
        return $directory . substr((string) strrchr("/$source->path", '/'), 1);
    }
}
