<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use Random\Engine\Xoshiro256StarStar;
use Random\Randomizer;

/**
 * Contents that are known by a name, `SEED.SIZE`: whoever knows it can make the bytes again, or any part of them.
 *
 * Every 64 KiB begin with seed and position, so that what is exchanged, missing or joined wrongly has another digest.
 */
final class Content
{
    private const BLOCK = 65536;

    /** @var array<string, string> digests of the names that were asked for last */
    private static array $digests = [];

    public static function name(int $seed, int $size): string
    {
        return "$seed.$size";
    }

    public static function size(string $name): int
    {
        return (int) substr((string) strrchr($name, '.'), 1);
    }

    public static function make(string $name): string
    {
        [$seed, $size] = array_map(intval(...), explode('.', $name));
        $random = new Randomizer(new Xoshiro256StarStar($seed));
        $body = $size === 0 ? '' : $random->getBytes(min($size, self::BLOCK - 16));
        if ($size <= self::BLOCK - 16) {
            return $body;
        }
        $bytes = '';
        for ($block = 0; $block * self::BLOCK < $size; $block++) {
            $bytes .= pack('JJ', $seed, $block) . $body;
        }
        return substr($bytes, 0, $size);
    }

    /** The digest of the bytes of this name. */
    public static function digestOf(string $name): string
    {
        if (!isset(self::$digests[$name])) {
            self::$digests = array_slice(self::$digests, -500, null, true);
            self::$digests[$name] = self::digest(self::make($name));
        }
        return self::$digests[$name];
    }

    public static function digest(string $bytes): string
    {
        return hash('xxh128', $bytes);
    }
}
