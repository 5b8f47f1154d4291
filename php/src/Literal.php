<?php

declare(strict_types=1);

namespace S3Storage;

use SensitiveParameter;

/**
 * A configuration whose variables somebody else has expanded: what looks like one of the extension's is text.
 *
 * @internal
 */
final class Literal
{
    public static function of(#[SensitiveParameter] mixed $value): mixed
    {
        return match (true) {
            is_array($value) => array_map(self::of(...), $value),
            is_string($value) => str_replace('${', '$${', $value),
            default => $value,
        };
    }
}
