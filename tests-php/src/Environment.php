<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** What the tests are told about the extension and the server they run against. */
final class Environment
{
    private const REQUIRED = [
        'S3STORAGE_EXTENSION' => 'the absolute path of the built extension',
        'S3STORAGE_DEV_SERVER' => 'the absolute path of the development server',
        'S3_ENDPOINT' => 'the URL of a running S3 server',
        'S3_ACCESS_KEY' => 'an access key of that server',
        'S3_SECRET_KEY' => 'the secret of that key',
        'S3_BUCKET' => 'the name of an existing bucket of that server',
    ];

    /**
     * Why the tests cannot run; empty when they can.
     *
     * @return list<string>
     */
    public static function problems(): array
    {
        $problems = [];
        if (!extension_loaded('s3storage')) {
            $problems[] = 'the extension is not loaded; run php with -d extension=$S3STORAGE_EXTENSION';
        }
        foreach (self::REQUIRED as $name => $meaning) {
            if ((string) getenv($name) === '') {
                $problems[] = "$name is not set; it must be $meaning";
            }
        }
        foreach (['S3STORAGE_EXTENSION', 'S3STORAGE_DEV_SERVER'] as $name) {
            $path = (string) getenv($name);
            if ($path !== '' && !is_file($path)) {
                $problems[] = "$name: there is no file $path";
            }
        }
        return $problems;
    }

    public static function extension(): string
    {
        return self::get('S3STORAGE_EXTENSION');
    }

    public static function devServer(): string
    {
        return self::get('S3STORAGE_DEV_SERVER');
    }

    public static function endpoint(): string
    {
        return rtrim(self::get('S3_ENDPOINT'), '/');
    }

    public static function accessKey(): string
    {
        return self::get('S3_ACCESS_KEY');
    }

    public static function secretKey(): string
    {
        return self::get('S3_SECRET_KEY');
    }

    public static function bucket(): string
    {
        return self::get('S3_BUCKET');
    }

    /** A bucket of that server that keeps versions; null where nobody made one. */
    public static function versionedBucket(): ?string
    {
        return (string) getenv('S3_VERSIONED_BUCKET') ?: null;
    }

    /** A bucket of that server whose versions can be locked; null where nobody made one. */
    public static function lockedBucket(): ?string
    {
        return (string) getenv('S3_LOCKED_BUCKET') ?: null;
    }

    /** The name that `tests/contract/servers.json` has for that server; null for the embedded one, and for one that is on no list. */
    public static function server(): ?string
    {
        return (string) getenv('S3_SERVER') ?: null;
    }

    /** The profile of that server in a configuration. */
    public static function provider(): string
    {
        return (string) getenv('S3_PROVIDER') ?: 'generic';
    }

    /** MinIO differs from S3 where a test says so. */
    public static function isMinio(): bool
    {
        return self::server() === 'minio';
    }

    /** Whether the runs that take minutes are wanted. */
    public static function isLong(): bool
    {
        return getenv('S3STORAGE_LONG') === '1';
    }

    private static function get(string $name): string
    {
        $value = (string) getenv($name);
        if ($value === '') {
            throw new RuntimeException("$name is not set");
        }
        return $value;
    }
}
