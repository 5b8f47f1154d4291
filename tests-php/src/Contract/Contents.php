<?php

declare(strict_types=1);

namespace S3Storage\Tests\Contract;

use stdClass;

/** Contents, as the table writes and shows them. */
final class Contents
{
    /** The bytes that a content of the table stands for: text, or so many bytes that repeat nothing soon. */
    public static function of(string|stdClass $content): string
    {
        if (is_string($content)) {
            return $content;
        }
        // A row of 251 bytes begins one further on than the row before it does: 7 × 251 + 1 is what a row adds.
        $bytes = '';
        for ($row = 0; strlen($bytes) < $content->bytes; ++$row) {
            $bytes .= self::row($row % 256);
        }
        return substr($bytes, 0, $content->bytes);
    }

    /** A content as answers have it: short text as it is, and of the rest size and digest. */
    public static function shown(string $content): string|stdClass
    {
        $isText = strlen($content) <= 100 && !str_contains($content, "\0") && preg_match('//u', $content) === 1;
        return $isText ? $content : (object) ['size' => strlen($content), 'md5' => md5($content)];
    }

    private static function row(int $row): string
    {
        static $rows = [];
        return $rows[$row] ??= implode('', array_map(
            static fn (int $i): string => chr(($i * 7 + $row) % 256),
            range($row * 251, $row * 251 + 250),
        ));
    }
}
