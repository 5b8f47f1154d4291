<?php

declare(strict_types=1);

namespace App\Message;

/** To store an object of this name; `slow` is to read from the slow bucket. */
final class Store
{
    public function __construct(public readonly string $name)
    {
    }
}
