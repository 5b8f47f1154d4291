<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use S3Storage\Exception\PreconditionFailedException;
use S3Storage\Exception\UnsupportedException;
use S3Storage\ObjectInfo;
use S3Storage\Storage;
use SensitiveParameter;
use SensitiveParameterValue;

/**
 * A copy that is encrypted by other keys than its source: read, and written with everything that stands beside it. The
 * bytes pass through this process, in bounded memory.
 *
 * @internal
 */
final class EncryptedCopy
{
    private readonly SensitiveParameterValue $read;
    private readonly SensitiveParameterValue $write;

    /**
     * @param array<string, mixed> $read         The `options` of a read of the source.
     * @param array<string, mixed> $write        The `options` of the write that encrypt.
     * @param string|null          $storageClass Of the copy; a customer key keeps it from being changed afterwards.
     */
    public function __construct(
        private readonly Storage $storage,
        #[SensitiveParameter] array $read,
        #[SensitiveParameter] array $write,
        private readonly ?string $storageClass,
    ) {
        $this->read = new SensitiveParameterValue($read);
        $this->write = new SensitiveParameterValue($write);
    }

    /** As {@see Storage::copy()}, within a bucket; answers what is known of the source. */
    public function copy(string $source, string $destination, null $bucket, ?string $visibility): ObjectInfo
    {
        $tags = $this->tags($source);
        $answer = $this->storage->openResponse($source, options: $this->read->getValue());
        $info = stream_get_meta_data($answer->stream)['wrapper_data'];
        $headers = $answer->headers;
        $more = [
            'contentEncoding' => $headers['Content-Encoding'] ?? null,
            'contentLanguage' => $headers['Content-Language'] ?? null,
            'tags' => $tags,
        ];
        $this->storage->writeStream(
            $destination,
            $answer->stream,
            visibility: $visibility,
            contentType: $info->mimeType,
            cacheControl: $headers['Cache-Control'] ?? null,
            contentDisposition: $headers['Content-Disposition'] ?? null,
            metadata: $info->metadata ?? [],
            storageClass: $this->storageClass,
            options: $this->write->getValue() + $more,
        );
        fclose($answer->stream);
        return $info;
    }

    /** As {@see Storage::move()}, within a bucket. The source is deleted only if it is still what was copied. */
    public function move(string $source, string $destination, null $bucket, ?string $visibility): void
    {
        $copied = $this->copy($source, $destination, $bucket, $visibility);
        if ($this->storage->getMetadata($source, options: $this->read->getValue())->etag !== $copied->etag) {
            throw new PreconditionFailedException("$source was written again meanwhile; both exist");
        }
        $this->storage->delete($source);
    }

    /** @return array<string|int, string>|null null where the server has none */
    private function tags(string $source): ?array
    {
        try {
            return $this->storage->getTags($source) ?: null;
        } catch (UnsupportedException) {
            return null;
        }
    }
}
