<?php

declare(strict_types=1);

namespace S3Storage\Console;

use RuntimeException;
use S3Storage\Exception\PermissionDeniedException;
use S3Storage\Exception\S3Exception;
use S3Storage\Exception\UnsupportedException;
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
    public static function list(Storage $bucket, string $prefix = ''): string
    {
        return $bucket->listPage($prefix, limit: 1)->objects === [] ? 'there is no object' : 'there are objects';
    }

    /** @return array<string, callable(): mixed> */
    public static function steps(Storage $bucket, bool $write): array
    {
        $steps = ['list' => static fn (): string => self::list($bucket)];
        if ($write) {
            $url = static fn (string $name): string => $bucket->presignGet($name, 60)->url;
            $steps += self::writing($bucket->write(...), $bucket->read(...), $url, $bucket->delete(...));
        }
        return $steps;
    }

    /**
     * The steps that write a small object and take it away again.
     *
     * @param callable(string, string): mixed $write  a content by a name
     * @param callable(string): string        $read
     * @param callable(string): string        $url    a presigned one
     * @param callable(string): mixed         $delete
     *
     * @return array<string, callable(): mixed>
     */
    public static function writing(callable $write, callable $read, callable $url, callable $delete): array
    {
        $name = '.s3storage-check-' . bin2hex(random_bytes(6));
        return [
            'write' => static function () use ($write, $name): void {
                $write($name, $name);
            },
            'read' => static fn () => $read($name) === $name
                ? ''
                : throw new RuntimeException('other bytes came back than were written'),
            'presign' => static function () use ($url, $name): string {
                try {
                    return (string) parse_url($url($name), PHP_URL_HOST);
                } catch (Throwable $exception) {
                    return self::cause($exception) instanceof UnsupportedException
                        ? 'there are no such URLs here'
                        : throw $exception;
                }
            },
            'delete' => static fn () => $delete($name),
        ];
    }

    /**
     * Runs steps until one fails; what may have been written is deleted all the same.
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
                if ($step === 'write' && self::cause($exception) instanceof PermissionDeniedException) {
                    $print('these credentials may not write here; if they are not to, check without --write', true);
                    $written = false;
                }
            }
        }
        return !$failed;
    }

    /** The extension's exception, where it stands behind one of Flysystem's. */
    private static function cause(Throwable $exception): Throwable
    {
        return $exception instanceof S3Exception ? $exception : $exception->getPrevious() ?? $exception;
    }
}
