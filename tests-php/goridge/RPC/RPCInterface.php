<?php

declare(strict_types=1);

namespace Spiral\Goridge\RPC;

/** A double of goridge's interface, version 4: the package itself is not needed for the tests. */
interface RPCInterface
{
    public function withServicePrefix(string $service): self;

    public function withCodec(CodecInterface $codec): self;

    public function call(string $method, mixed $payload, mixed $options = null): mixed;
}
