<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** Hands an object of a test to a container, which makes its services itself. */
final class SymfonyRegistry
{
    public static ?object $object = null;

    public static function get(): object
    {
        return self::$object ?? throw new \LogicException('the test has given none');
    }
}
