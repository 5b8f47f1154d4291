<?php

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use S3Storage\Storage;

/**
 * The methods of the RoadRunner S3 plugin. Payloads and answers are arrays with its keys, in its order; contents are
 * base64. An absent, null or empty bucket is the default one of the configuration.
 *
 * @internal Called by name through {@see Rpc}.
 */
final class S3Plugin
{
    public function __construct(private readonly Storage $storage)
    {
    }

    /** @return array{success: bool, pathname: string, size: int, last_modified: int} Two requests: a write tells no time. */
    public function write(mixed $payload): array
    {
        $payload = new Payload('Write', $payload, ['bucket', 'pathname', 'content', 'visibility']);
        $bucket = $this->bucket($payload->name('bucket'));
        [$pathname, $content] = [$payload->string('pathname'), $payload->bytes('content')];
        $bucket->write($pathname, $content, visibility: $payload->name('visibility'));
        return self::written($bucket, $pathname);
    }

    /** @return array{content: string, size: int, mime_type: string, last_modified: int} */
    public function read(mixed $payload): array
    {
        $payload = new Payload('Read', $payload, ['bucket', 'pathname']);
        $object = $this->bucket($payload->name('bucket'))->readObject($payload->string('pathname'));
        return [
            'content' => base64_encode($object->content),
            'size' => strlen($object->content),
            'mime_type' => $object->info->mimeType ?? '',
            'last_modified' => $object->info->lastModified ?? 0,
        ];
    }

    /** @return array{exists: bool} */
    public function exists(mixed $payload): array
    {
        $payload = new Payload('Exists', $payload, ['bucket', 'pathname']);
        return ['exists' => $this->bucket($payload->name('bucket'))->exists($payload->string('pathname'))];
    }

    /** @return array{success: bool} */
    public function delete(mixed $payload): array
    {
        $payload = new Payload('Delete', $payload, ['bucket', 'pathname']);
        $this->bucket($payload->name('bucket'))->delete($payload->string('pathname'));
        return ['success' => true];
    }

    /** @return array{success: bool, pathname: string, size: int, last_modified: int} */
    public function copy(mixed $payload): array
    {
        return $this->transfer('Copy', $payload);
    }

    /** @return array{success: bool, pathname: string, size: int, last_modified: int} */
    public function move(mixed $payload): array
    {
        return $this->transfer('Move', $payload);
    }

    /** @return array{size: int, mime_type: string, last_modified: int, visibility: string} */
    public function getMetadata(mixed $payload): array
    {
        $payload = new Payload('GetMetadata', $payload, ['bucket', 'pathname']);
        $bucket = $this->bucket($payload->name('bucket'));
        $info = $bucket->getMetadata($payload->string('pathname'), visibility: true);
        return [
            'size' => $info->size ?? 0,
            'mime_type' => $info->mimeType ?? '',
            'last_modified' => $info->lastModified ?? 0,
            'visibility' => $info->visibility ?? '',
        ];
    }

    /** @return array{success: bool} */
    public function setVisibility(mixed $payload): array
    {
        $payload = new Payload('SetVisibility', $payload, ['bucket', 'pathname', 'visibility']);
        $bucket = $this->bucket($payload->name('bucket'));
        $bucket->setVisibility($payload->string('pathname'), $payload->string('visibility'));
        return ['success' => true];
    }

    /** @return array{url: string, expires_at?: int} */
    public function getPublicURL(mixed $payload): array
    {
        $payload = new Payload('GetPublicURL', $payload, ['bucket', 'pathname', 'expires_in']);
        $bucket = $this->bucket($payload->name('bucket'));
        [$pathname, $seconds] = [$payload->string('pathname'), $payload->optionalInt('expires_in') ?? 0];
        if ($seconds === 0) {
            return ['url' => $bucket->getPublicUrl($pathname)];
        }
        $presigned = $bucket->presignGet($pathname, $seconds);
        return ['url' => $presigned->url, 'expires_at' => $presigned->expiresAt];
    }

    /** @return array{success: bool, message: string} */
    public function registerBucket(mixed $payload): array
    {
        $payload = new Payload('RegisterBucket', $payload, ['name', 'server', 'bucket', 'prefix', 'visibility',
            'max_concurrent_operations', 'part_size', 'concurrency']);
        $this->storage->registerBucket(
            $payload->string('name'),
            $payload->string('server'),
            $payload->string('bucket'),
            $payload->optionalString('prefix') ?? '',
            $payload->name('visibility') ?? 'private',
            maxConcurrentOperations: $payload->optionalInt('max_concurrent_operations'),
            partSize: $payload->optionalInt('part_size'),
            concurrency: $payload->optionalInt('concurrency'),
        );
        return ['success' => true, 'message' => 'Bucket registered successfully'];
    }

    /** @return array{buckets: list<string>, default: string} */
    public function listBuckets(mixed $payload): array
    {
        new Payload('ListBuckets', $payload, []);
        ['buckets' => $buckets, 'default' => $default] = $this->storage->listBuckets();
        return ['buckets' => $buckets, 'default' => $default ?? ''];
    }

    /** @return array{success: bool, pathname: string, size: int, last_modified: int} */
    private function transfer(string $method, mixed $payload): array
    {
        $known = ['source_bucket', 'source_pathname', 'dest_bucket', 'dest_pathname', 'visibility'];
        $payload = new Payload($method, $payload, $known);
        [$from, $to] = [$payload->string('source_pathname'), $payload->string('dest_pathname')];
        $destination = $payload->name('dest_bucket') ?? $this->storage->listBuckets()['default'];
        [$source, $visibility] = [$this->bucket($payload->name('source_bucket')), $payload->name('visibility')];
        $method === 'Copy'
            ? $source->copy($from, $to, $destination, $visibility)
            : $source->move($from, $to, $destination, $visibility);
        return self::written($this->bucket($destination), $to);
    }

    /** @return array{success: bool, pathname: string, size: int, last_modified: int} */
    private static function written(Storage $bucket, string $pathname): array
    {
        $info = $bucket->getMetadata($pathname);
        return [
            'success' => true,
            'pathname' => $info->pathname,
            'size' => $info->size ?? 0,
            'last_modified' => $info->lastModified ?? 0,
        ];
    }

    private function bucket(?string $alias): Storage
    {
        $alias ??= $this->storage->listBuckets()['default'];
        // Without a default the handle says so itself.
        return $alias === null ? $this->storage : $this->storage->bucket($alias);
    }
}
