<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use S3Storage;
use S3Storage\Flysystem\S3StorageAdapter;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Reference;

/**
 * The service that an adapter of Flysystem is.
 *
 * @internal
 */
final class FlysystemAdapter
{
    /** @param array{instance: string|null, bucket: string|null, prefix: string, options: array<string, mixed>} $keys */
    public static function definition(array $keys): Definition
    {
        $instance = $keys['instance'] === null ? S3Storage::class : "s3storage.instance.$keys[instance]";
        $storage = new Reference($instance);
        if ($keys['bucket'] !== null) {
            $storage = (new Definition(S3Storage::class))->setFactory([$storage, 'bucket'])
                ->setArguments([$keys['bucket']]);
        }
        return (new Definition(S3StorageAdapter::class))->setArguments([
            '$storage' => $storage,
            '$prefix' => $keys['prefix'],
            '$options' => $keys['options'],
        ]);
    }
}
