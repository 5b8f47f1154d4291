<?php

declare(strict_types=1);

namespace Spiral\Goridge\RPC;

/** A double of goridge's interface. */
interface CodecInterface
{
    public function getIndex(): int;

    public function encode(mixed $payload): string;

    public function decode(string $payload, mixed $options = null): mixed;
}
