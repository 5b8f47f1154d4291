<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Stringable;

/** An object that is a string where one is wanted. */
final class Text implements Stringable
{
    public function __construct(private readonly string $text)
    {
    }

    public function __toString(): string
    {
        return $this->text;
    }
}
