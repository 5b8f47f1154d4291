<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use DateTimeImmutable;
use League\Flysystem\Filesystem;
use S3Storage\Benches\FileStore;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\Target;
use S3Storage\Flysystem\S3StorageAdapter;

/** Flysystem's `Filesystem` on this extension's adapter. */
final class Adapter implements FileStore
{
    private readonly Filesystem $files;

    public static function missing(): ?string
    {
        spl_autoload_register(self::load(...));
        return match (true) {
            !extension_loaded('s3storage') => 'not loaded',
            !class_exists(Filesystem::class) => 'not installed',
            default => null,
        };
    }

    public function __construct(Target $target)
    {
        $this->files = new Filesystem(new S3StorageAdapter(S3storage::open($target)));
    }

    public function get(string $key): string
    {
        return $this->files->read($key);
    }

    public function put(string $key, string $content): void
    {
        $this->files->write($key, $content);
    }

    public function putAs(string $key, string $content, string $type): void
    {
        $this->files->write($key, $content, ['mimetype' => $type]);
    }

    public function head(string $key): int
    {
        return $this->files->fileSize($key);
    }

    public function exists(string $key): bool
    {
        return $this->files->fileExists($key);
    }

    public function presign(string $key): string
    {
        return $this->files->temporaryUrl($key, new DateTimeImmutable('+1 hour'));
    }

    public function list(string $prefix): int
    {
        $count = 0;
        foreach ($this->files->listContents($prefix, true) as $entry) {
            $count++;
        }
        return $count;
    }

    public function upload(string $file, string $key): void
    {
        $input = fopen($file, 'rb');
        $this->files->writeStream($key, $input);
        fclose($input);
    }

    public function download(string $key, string $file): void
    {
        $output = fopen($file, 'wb');
        stream_copy_to_stream($this->files->readStream($key), $output);
        fclose($output);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        throw new NotThere('one at a time');
    }

    /** The library, and Flysystem as Debian packages it: its own autoloader names files where they are installed. */
    private static function load(string $class): void
    {
        $path = strtr($class, '\\', '/') . '.php';
        $file = str_starts_with($path, 'S3Storage/')
            ? dirname(__DIR__, 3) . '/php/src/' . substr($path, strlen('S3Storage/'))
            : stream_resolve_include_path($path);
        if ($file !== false && is_file($file)) {
            require $file;
        }
    }
}
