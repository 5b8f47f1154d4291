<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use RuntimeException;

/**
 * What a process promised, a line of JSON each: appended, so that what is written is there when the process is killed.
 *
 * Lines: `begin` and `exit` of the process, `do` and `end` of an operation, `sample`, `fork`, `kill` (before it is
 * done), `reaped`, `stop` (the machine stood still), `down` and `up` (of the server). `at` is the monotonic clock,
 * in seconds.
 */
final class Journal
{
    /** @var resource */
    private $file;

    public function __construct(public readonly string $path)
    {
        $file = fopen($path, 'ab');
        if ($file === false) {
            throw new RuntimeException("$path cannot be opened");
        }
        $this->file = $file;
    }

    /** @param array<string, mixed> $line */
    public function note(array $line): void
    {
        $line['at'] ??= self::now();
        $flags = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
        $text = json_encode($line, $flags) . "\n";
        if (fwrite($this->file, $text) !== strlen($text)) {
            throw new RuntimeException("$this->path: a line could not be written");
        }
    }

    /** Monotonic seconds, the same for all processes of this machine. */
    public static function now(): float
    {
        return round(hrtime(true) / 1e9, 4);
    }

    /**
     * The lines of a file. The last one of a process that was killed may be cut off; it was not promised then.
     *
     * @return \Generator<array<string, mixed>>
     */
    public static function read(string $path): \Generator
    {
        foreach (new \SplFileObject($path) as $text) {
            $line = json_decode((string) $text, true);
            if (is_array($line)) {
                yield $line;
            }
        }
    }

    /**
     * The journals of a slot, in the order in which its processes lived.
     *
     * @return list<string>
     */
    public static function ofSlot(string $folder, string $slot): array
    {
        $files = glob("$folder/$slot.[0-9]*.jsonl") ?: [];
        sort($files, SORT_NATURAL);
        return $files;
    }
}
