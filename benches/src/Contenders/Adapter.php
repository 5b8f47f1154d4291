<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use League\Flysystem\Filesystem;
use S3Storage\Benches\FileStore;
use S3Storage\Benches\Target;
use S3Storage\Flysystem\S3StorageAdapter;

/** Flysystem's `Filesystem` on this extension's adapter. */
final class Adapter implements FileStore
{
    use OnFlysystem;

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

    public function putAs(string $key, string $content, string $type): void
    {
        $this->files->write($key, $content, ['mimetype' => $type]);
    }

    public function exists(string $key): bool
    {
        return $this->files->fileExists($key);
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
