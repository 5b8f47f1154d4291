<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use S3Storage\Benches\FileStore;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\Target;

/** This extension, as an application uses it. */
final class S3storage implements FileStore
{
    private readonly \S3Storage $storage;

    public static function missing(): ?string
    {
        return extension_loaded('s3storage') ? null : 'not loaded';
    }

    public function __construct(Target $target)
    {
        $this->storage = self::open($target);
    }

    public static function open(Target $target): \S3Storage
    {
        return new \S3Storage([
            'servers' => ['main' => [
                'endpoint' => $target->endpoint,
                'region' => Target::REGION,
                'credentials' => ['key' => Target::ACCESS_KEY, 'secret' => Target::SECRET_KEY],
            ] + ($target->caFile === null ? [] : ['ca_file' => $target->caFile])],
            'buckets' => ['files' => ['server' => 'main', 'bucket' => Target::BUCKET]],
        ]);
    }

    public function get(string $key): string
    {
        return $this->storage->read($key);
    }

    public function put(string $key, string $content): void
    {
        $this->storage->write($key, $content);
    }

    public function putAs(string $key, string $content, string $type): void
    {
        $this->storage->write($key, $content, contentType: $type);
    }

    public function exists(string $key): bool
    {
        return $this->storage->exists($key);
    }

    public function head(string $key): int
    {
        return (int) $this->storage->getMetadata($key)->size;
    }

    public function presign(string $key): string
    {
        return $this->storage->presignGet($key)->url;
    }

    public function list(string $prefix): int
    {
        $count = 0;
        foreach ($this->storage->list($prefix) as $object) {
            $count++;
        }
        return $count;
    }

    public function upload(string $file, string $key): void
    {
        $this->storage->uploadFile($key, $file);
    }

    public function download(string $key, string $file): void
    {
        $this->storage->downloadFile($key, $file);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        if (!method_exists($this->storage, 'readMany')) {
            throw new NotThere('not built');
        }
        $bytes = 0;
        foreach ($this->storage->readMany($keys, concurrency: $concurrency) as $content) {
            if (!is_string($content)) {
                throw $content;
            }
            $bytes += strlen($content);
        }
        return $bytes;
    }
}
