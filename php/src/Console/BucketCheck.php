<?php

declare(strict_types=1);

namespace S3Storage\Console;

use RuntimeException;
use S3Storage\Storage;
use Throwable;

/**
 * What a check does with a bucket, step by step.
 *
 * @internal
 */
final class BucketCheck
{
    /** A page of one entry, whose failure says why; `isHealthy()` says only that. */
    public static function list(Storage $bucket): string
    {
        return $bucket->listPage(limit: 1)->objects === [] ? 'there is no object' : 'there are objects';
    }

    /** @return array<string, callable(): mixed> */
    public static function steps(Storage $bucket, bool $write): array
    {
        $steps = ['list' => static fn (): string => self::list($bucket)];
        if ($write) {
            $name = '.s3storage-check-' . bin2hex(random_bytes(6));
            $steps += [
                'write' => static function () use ($bucket, $name): void {
                    $bucket->write($name, $name);
                },
                'read' => static fn () => $bucket->read($name) === $name
                    ? ''
                    : throw new RuntimeException('other bytes came back than were written'),
                'presign' => static fn () => (string) parse_url($bucket->presignGet($name, 60)->url, PHP_URL_HOST),
                'delete' => static fn () => $bucket->delete($name),
            ];
        }
        return $steps;
    }

    /**
     * Runs steps until one fails; what was written is deleted all the same.
     *
     * @param array<string, callable(): mixed>  $steps by their names; what one answers is said
     * @param callable(string, bool): mixed     $print a line, and whether it tells a failure
     */
    public static function run(array $steps, callable $print): bool
    {
        $failed = $written = false;
        foreach ($steps as $step => $run) {
            if ($failed && !($written && $step === 'delete')) {
                continue;
            }
            $written = $written || $step === 'write';
            try {
                $started = microtime(true);
                $said = (string) $run();
                $time = round((microtime(true) - $started) * 1000, 1);
                $print(str_pad($step, 15) . "ok ($time ms" . ($said === '' ? ')' : ", $said)"), false);
            } catch (Throwable $exception) {
                $print(str_pad($step, 15) . 'failed: ' . $exception->getMessage(), true);
                $failed = true;
            }
        }
        return !$failed;
    }
}
