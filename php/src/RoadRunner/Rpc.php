<?php

// phpcs:disable PSR1.Classes.ClassDeclaration.MultipleClasses -- one of two declarations: an interface that is not
// installed cannot be implemented.

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use Spiral\Goridge\RPC\RPCInterface;

if (interface_exists(RPCInterface::class)) {
    /**
     * The calls of the RoadRunner S3 plugin, answered inside the PHP process.
     *
     * ```php
     * $rpc = new S3Storage\RoadRunner\Rpc('/srv/app/.rr.yaml');
     * $rpc->call('s3.Write', ['pathname' => 'a.txt', 'content' => base64_encode('hello')]);
     * ```
     *
     * @see Calls What can be called.
     */
    final class Rpc implements RPCInterface
    {
        use Calls;
    }
} else {
    /**
     * The calls of the RoadRunner S3 plugin, answered inside the PHP process.
     *
     * ```php
     * $rpc = new S3Storage\RoadRunner\Rpc('/srv/app/.rr.yaml');
     * $rpc->call('s3.Write', ['pathname' => 'a.txt', 'content' => base64_encode('hello')]);
     * ```
     *
     * @see Calls What can be called.
     */
    final class Rpc
    {
        use Calls;
    }
}
