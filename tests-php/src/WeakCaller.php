<?php

namespace S3Storage\Tests;

/** Calls from a file without strict_types, where PHP converts scalar arguments. */
final class WeakCaller
{
    public static function call(object $object, string $method, mixed ...$arguments): mixed
    {
        return $object->$method(...$arguments);
    }

    public static function construct(string $class, mixed ...$arguments): object
    {
        return new $class(...$arguments);
    }
}
