<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** The server that is asked, and as whom: any key will do, it is not looked at. */
final class Target
{
    public const ACCESS_KEY = 'AKIABENCHBENCHBENCH1';
    public const SECRET_KEY = 'bench/secret/bench/secret/bench/secret/0';
    public const REGION = 'us-east-1';
    public const BUCKET = 'bench';

    public function __construct(
        public readonly string $endpoint,
        public readonly ?string $caFile,
    ) {
    }

    public function url(string $key): string
    {
        return "$this->endpoint/" . self::BUCKET . "/$key";
    }
}
