<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The examples of the documents that this product answers, from `documents/`. */
final class Documents
{
    /**
     * The examples of a document in one language, in order.
     *
     * @return list<string>
     */
    public static function blocks(string $document, string $language): array
    {
        $text = (string) file_get_contents(__DIR__ . "/../documents/$document.md");
        preg_match_all('/^```' . $language . '\n(.*?)^```$/ms', $text, $matches);
        return $matches[1];
    }

    /**
     * The same, by their first lines.
     *
     * @return array<string, string>
     */
    public static function examples(string $document, string $language): array
    {
        $blocks = self::blocks($document, $language);
        $title = static fn (string $block) => ltrim((string) strstr($block, "\n", true), '/# ');
        return array_combine(array_map($title, $blocks), $blocks);
    }

    /**
     * What an example says that it returns; null where it does not say.
     *
     * @return array<string, mixed>|null
     */
    public static function returned(string $example): ?array
    {
        if (preg_match('~^// Returns: (\[.*\])$~m', $example, $match) !== 1) {
            return null;
        }
        return eval('return ' . str_replace('base64_data', "'base64_data'", $match[1]) . ';');
    }
}
