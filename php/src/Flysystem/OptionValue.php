<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use DateTimeImmutable;
use DateTimeInterface;
use Exception;
use S3Storage\Exception\InvalidArgumentException;
use SensitiveParameter;

/**
 * What options may hold, and what that is in the arguments of {@see \S3Storage\Storage}. Null counts as absent.
 *
 * @internal
 */
final class OptionValue
{
    public static function text(#[SensitiveParameter] mixed $value, string $name): string
    {
        if (!is_string($value) && !is_int($value)) {
            throw new InvalidArgumentException("$name must be a string, not " . get_debug_type($value));
        }
        return (string) $value;
    }

    /**
     * The texts among the options, by other names.
     *
     * @param array<string, mixed> $given
     * @param array<string, string> $names
     *
     * @return array<string, string>
     */
    public static function texts(#[SensitiveParameter] array $given, array $names): array
    {
        $texts = [];
        foreach (array_intersect_key($given, $names) as $name => $value) {
            $texts[$names[$name]] = self::text($value, $name);
        }
        return $texts;
    }

    /** @param array<string, mixed> $given */
    public static function integer(#[SensitiveParameter] array $given, string $name): ?int
    {
        $value = $given[$name] ?? null;
        if ($value !== null && filter_var($value, FILTER_VALIDATE_INT) === false) {
            throw new InvalidArgumentException("$name must be a whole number");
        }
        return $value === null ? null : (int) $value;
    }

    /** @param array<string, mixed> $given */
    public static function time(array $given, string $name): DateTimeInterface|int|null
    {
        $time = $given[$name] ?? null;
        if ($time === null || is_int($time) || $time instanceof DateTimeInterface) {
            return $time;
        }
        try {
            return new DateTimeImmutable(self::text($time, $name));
        } catch (Exception) {
            throw new InvalidArgumentException("$name must be a time");
        }
    }

    /** @return array<string, mixed> */
    public static function list(#[SensitiveParameter] mixed $value, string $name): array
    {
        return is_array($value) ? $value : throw new InvalidArgumentException("$name must be an array");
    }

    /**
     * The visibility of the storage that an ACL is.
     *
     * @param array<string, mixed> $given
     */
    public static function acl(#[SensitiveParameter] array $given): ?string
    {
        return match ($given['ACL'] ?? null) {
            null => null,
            'private' => 'private',
            'public-read' => 'public',
            default => throw new InvalidArgumentException('ACL may be "private" or "public-read", which are the ' .
                'visibilities "private" and "public"; for anything else use a bucket policy'),
        };
    }

    /**
     * @param array<string, mixed> $given
     *
     * @return array<string|int, string>|null
     */
    public static function metadata(#[SensitiveParameter] array $given): ?array
    {
        return !isset($given['Metadata']) ? null : array_map(
            static fn (mixed $value): string => self::text($value, 'a value of Metadata'),
            self::list($given['Metadata'], 'Metadata'),
        );
    }

    /**
     * @param array<string, mixed> $given
     *
     * @return array<string|int, string>|null
     */
    public static function tags(#[SensitiveParameter] array $given): ?array
    {
        if (!isset($given['Tagging'])) {
            return null;
        }
        $tags = [];
        // Not parse_str(): it would change the names.
        foreach (array_filter(explode('&', self::text($given['Tagging'], 'Tagging')), 'strlen') as $tag) {
            [$name, $value] = explode('=', $tag, 2) + [1 => ''];
            $tags[urldecode($name)] = urldecode($value);
        }
        return $tags;
    }

    /** @param array<string, mixed> $given */
    public static function customerKey(#[SensitiveParameter] array $given): ?string
    {
        $key = $given['SSECustomerKey'] ?? null;
        if ($key === null) {
            if (isset($given['SSECustomerAlgorithm']) || isset($given['SSECustomerKeyMD5'])) {
                throw new InvalidArgumentException('SSECustomerKey is missing: 32 raw bytes');
            }
            return null;
        }
        $key = self::text($key, 'SSECustomerKey');
        if (($given['SSECustomerAlgorithm'] ?? 'AES256') !== 'AES256') {
            throw new InvalidArgumentException('SSECustomerAlgorithm must be "AES256"');
        }
        if (!hash_equals(md5($key, true), self::text($given['SSECustomerKeyMD5'] ?? md5($key, true), 'digest'))) {
            throw new InvalidArgumentException('SSECustomerKeyMD5 is not the MD5 (raw bytes) of SSECustomerKey');
        }
        return $key;
    }

    /**
     * @param array<string, mixed> $values
     *
     * @return array<string, mixed> without those that are null
     */
    public static function present(#[SensitiveParameter] array $values): array
    {
        return in_array(null, $values, true)
            ? array_filter($values, static fn (mixed $value): bool => $value !== null)
            : $values;
    }

    /**
     * @param array<string, mixed> $given
     * @param array<string, mixed> $known
     * @param string               $where What has these options.
     *
     * @throws InvalidArgumentException One of them is not known.
     */
    public static function refuseUnknown(#[SensitiveParameter] array $given, array $known, string $where): void
    {
        foreach (array_keys(array_diff_key($given, $known)) as $name) {
            ksort($known);
            throw new InvalidArgumentException("unknown option \"$name\"$where; known: " .
                implode(', ', array_keys($known)));
        }
    }
}
