<?php

declare(strict_types=1);

namespace S3Storage\Console;

/** Names as a terminal may show them. */
final class Text
{
    /** Control characters escaped: a name must not move the cursor, or look like two. */
    public static function plain(string $text): string
    {
        return (string) preg_replace_callback(
            '/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]/',
            static fn (array $match): string => '\x' . implode('\x', str_split(bin2hex($match[0]), 2)),
            $text,
        );
    }
}
