<?php

declare(strict_types=1);

namespace S3Storage\Tests\Promises;

use RuntimeException;

/**
 * A document whose list items are promises. An item ends with the names of its tests:
 *
 *     - What is promised, over as many lines as it takes.
 *       Tests: `faults::listings::a_missing_token_is_an_error`, `ListTest::testOrderIsThatOfBytes`,
 *       `fork_within_a_stream.phpt`
 */
final class Document
{
    /** @return list<Promise> every list item below a heading that matches; of all headings without one */
    public static function promises(string $file, string $headings = '/./'): array
    {
        $lines = file($file, FILE_IGNORE_NEW_LINES) ?: throw new RuntimeException("$file cannot be read");
        $promises = [];
        $item = null;
        $is_wanted = false;
        foreach ([...$lines, ''] as $number => $line) {
            if ($item !== null && str_starts_with($line, '  ')) {
                $item[1] .= ' ' . trim($line);
                continue;
            }
            if ($item !== null) {
                $promises[] = self::promise(...$item);
                $item = null;
            }
            if (str_starts_with($line, '#')) {
                $is_wanted = preg_match($headings, $line) === 1;
            } elseif ($is_wanted && str_starts_with($line, '- ')) {
                $item = [basename($file) . ':' . $number + 1, substr($line, 2)];
            }
        }
        return $promises;
    }

    private static function promise(string $place, string $item): Promise
    {
        [$text, $tests] = explode(' Tests: ', $item, 2) + [1 => ''];
        preg_match_all('/`([^`]+)`/', $tests, $names);
        return new Promise($place, $text, $names[1]);
    }
}
