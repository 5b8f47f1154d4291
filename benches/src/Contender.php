<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/**
 * A client that is measured. It is made in a process of its own, and asked for one kind of work there.
 *
 * Work that a contender has no way for throws {@see NotThere}: the table then says so and shows no number.
 */
interface Contender
{
    /** Why it cannot run here, such as "not installed"; null when it can. */
    public static function missing(): ?string;

    public function __construct(Target $target);

    /** The whole object, as a string. */
    public function get(string $key): string;

    public function put(string $key, string $content): void;

    /** What a HEAD says of the size. */
    public function head(string $key): int;

    public function presign(string $key): string;

    /** How many keys there are below a prefix; every key has become a value of PHP. */
    public function list(string $prefix): int;

    public function upload(string $file, string $key): void;

    public function download(string $key, string $file): void;

    /**
     * Reads objects, so many at a time.
     *
     * @param list<string> $keys
     * @return int the bytes that arrived
     */
    public function getMany(array $keys, int $concurrency): int;
}
