<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Storage;

/** Calls the methods of a handle, and knows which. */
final class CalledMethods
{
    /** @var array<string, true> */
    private static array $names = [];

    public function __construct(private readonly S3Storage $s3)
    {
    }

    /** @param array<int|string, mixed> $arguments */
    public function __call(string $name, array $arguments): mixed
    {
        self::$names[$name] = true;
        return $this->s3->$name(...$arguments);
    }

    /** @return list<string> */
    public static function missing(): array
    {
        return array_values(array_diff(get_class_methods(Storage::class), array_keys(self::$names)));
    }
}
