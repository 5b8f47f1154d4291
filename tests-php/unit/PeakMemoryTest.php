<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/**
 * What a large object costs beside its own size and a PHP without the extension. Each figure is of a process of its
 * own, since a peak never falls again.
 */
final class PeakMemoryTest extends StorageTestCase
{
    private const SIZE = 256 << 20;

    /** In bytes. */
    private const ALLOWED_ABOVE_SIZE = 20_000_000;

    private const CONTENT = '$content = str_repeat(hash("sha512", "s3storage", true), ' . self::SIZE . ' / 64);';

    private const PEAK = '
        preg_match("/^VmHWM:\s+(\d+) kB$/m", file_get_contents("/proc/self/status"), $match);
        echo $match[1] * 1024;';

    public function testReadingALargeObjectTakesItsSizeAndLittleMore(): void
    {
        $this->child(self::CONTENT . '$s3->write("large", $content);');
        $bare = (int) self::printed(self::PEAK, ['extension' => null]);
        $reading = (int) $this->child('
            $content = $s3->read("large");
            // The whole of it: pages that nobody wrote would not count.
            if (hash("xxh128", $content) !== "' . self::expectedHash() . '") {
                exit("another content");
            }' . self::PEAK);
        self::assertGreaterThan(self::SIZE, $reading - $bare, 'the peak is not the string\'s');
        self::assertLessThanOrEqual(self::SIZE + self::ALLOWED_ABOVE_SIZE, $reading - $bare, sprintf(
            '%.1f MB above the size of the object',
            ($reading - $bare - self::SIZE) / 1e6,
        ));
    }

    private static function expectedHash(): string
    {
        $piece = str_repeat(hash('sha512', 's3storage', true), 1 << 14);
        $hash = hash_init('xxh128');
        for ($length = 0; $length < self::SIZE; $length += strlen($piece)) {
            hash_update($hash, $piece);
        }
        return hash_final($hash);
    }

    /** Runs code with `$s3` in a process of its own; answers what it printed. */
    private function child(string $code): string
    {
        return self::printed('$s3 = new S3Storage(' . var_export($this->config(), true) . ");$code");
    }

    /** @param array<string, null> $ini */
    private static function printed(string $code, array $ini = []): string
    {
        $php = Php::run($code, [], $ini + ['memory_limit' => '-1']);
        self::assertSame([0, ''], [$php->exitCode, $php->errors], $php->output);
        return $php->output;
    }
}
