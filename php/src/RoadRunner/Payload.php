<?php

declare(strict_types=1);

namespace S3Storage\RoadRunner;

/**
 * What a call carries: its keys and their types are checked before anything is done.
 *
 * @internal
 */
final class Payload
{
    /** @var array<array-key, mixed> */
    private readonly array $values;

    /** @param list<string> $known */
    public function __construct(private readonly string $method, mixed $payload, array $known)
    {
        if (!is_array($payload)) {
            throw $this->wrong('the payload must be an array, not ' . get_debug_type($payload));
        }
        foreach (array_keys($payload) as $key) {
            if (!in_array($key, $known, true)) {
                $known = $known === [] ? 'it takes none' : 'known: ' . implode(', ', $known);
                throw $this->wrong("unknown key \"$key\"; $known");
            }
        }
        $this->values = $payload;
    }

    public function string(string $key): string
    {
        return $this->optionalString($key) ?? throw $this->wrong("\"$key\" is missing");
    }

    /** Null where it is absent. */
    public function optionalString(string $key): ?string
    {
        $value = $this->values[$key] ?? null;
        if ($value === null || is_string($value)) {
            return $value;
        }
        throw $this->wrong("\"$key\" must be a string, not " . get_debug_type($value));
    }

    /** What the plugin's language has for an absent string is the empty one. */
    public function name(string $key): ?string
    {
        $name = $this->optionalString($key);
        return $name === '' ? null : $name;
    }

    public function optionalInt(string $key): ?int
    {
        $value = $this->values[$key] ?? null;
        if ($value === null || is_int($value)) {
            return $value;
        }
        throw $this->wrong("\"$key\" must be an int, not " . get_debug_type($value));
    }

    /** Bytes, which travel in base64. */
    public function bytes(string $key): string
    {
        $bytes = base64_decode($this->string($key), true);
        return $bytes !== false ? $bytes : throw $this->wrong("\"$key\" is not base64");
    }

    private function wrong(string $problem): S3Error
    {
        return S3Error::ofPayload("s3.$this->method: $problem");
    }
}
