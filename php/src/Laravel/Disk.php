<?php

declare(strict_types=1);

namespace S3Storage\Laravel;

use DateTimeImmutable;
use DateTimeInterface;
use Exception;
use Illuminate\Container\Container;
use Illuminate\Filesystem\FilesystemAdapter;
use Illuminate\Http\Request;
use InvalidArgumentException;
use League\Flysystem\Config;
use League\Flysystem\Filesystem;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToGenerateTemporaryUrl;
use League\Flysystem\UnableToRetrieveMetadata;
use League\Flysystem\WhitespacePathNormalizer;
use LogicException;
use S3Storage\Exception\BatchFailedException;
use S3Storage\Exception\S3Exception;
use S3Storage\Flysystem\PresignedOptions;
use S3Storage\Flysystem\S3StorageAdapter;
use S3Storage\Storage;
use SensitiveParameter;
use Symfony\Component\HttpFoundation\StreamedResponse;

/**
 * A disk of Laravel on the extension: what `Storage::disk()` returns.
 *
 * Paths may be what PHP makes strings of, numbers and Laravel's `Stringable` among them, as everywhere in Laravel.
 */
final class Disk extends FilesystemAdapter
{
    private readonly S3StorageAdapter $s3;

    /** @param array<string, mixed> $config The keys of the disk. Those that are secret are not kept. */
    public function __construct(Filesystem $driver, S3StorageAdapter $adapter, #[SensitiveParameter] array $config)
    {
        $secret = ['key' => 1, 'secret' => 1, 'token' => 1, 'credentials' => 1, 'options' => 1];
        parent::__construct($driver, $adapter, ['directory_separator' => '/'] + array_diff_key($config, $secret));
        $this->s3 = $adapter;
    }

    /** The storage below, for what a disk has no methods for; {@see S3StorageAdapter::pathname()} has its names. */
    public function getStorage(): Storage
    {
        return $this->s3->getStorage();
    }

    /** @internal */
    public function isReadOnly(): bool
    {
        return (bool) ($this->config['read-only'] ?? false);
    }

    /** @throws LogicException Always: there is none. */
    public function getClient(): never
    {
        throw new LogicException('This disk has no Aws\S3\S3Client, since the extension s3storage serves it. Use ' .
            'getStorage(), whose methods do what those of the client do (presignPut and presignPost for uploads from ' .
            'browsers), or keep a disk with Laravel\'s own driver s3 for code that needs the client.');
    }

    /**
     * The permanent URL of a file: below the disk's `url`, or at the bucket.
     *
     * @param string $path
     */
    public function url($path): string
    {
        $path = (string) $path;
        return isset($this->config['url'])
            ? $this->concatPathToUrl($this->config['url'], $this->s3->pathname($path))
            : $this->s3->publicUrl($path, new Config());
    }

    public function providesTemporaryUrls(): bool
    {
        return true;
    }

    /** A disk that is read-only hands out none: whoever has one may write. */
    public function providesTemporaryUploadUrls(): bool
    {
        return isset($this->temporaryUploadUrlCallback) || !$this->isReadOnly();
    }

    /**
     * A URL that is good until a point in time. The disk's `temporary_url` replaces its scheme, host and port.
     *
     * @param string               $path
     * @param DateTimeInterface|string|int $expiration A time, or as the AWS SDK takes it: text, or Unix seconds.
     * @param array<string, mixed> $options `ResponseContentDisposition`, `ResponseContentType` and their like.
     */
    public function temporaryUrl($path, $expiration, array $options = []): string
    {
        if ($this->temporaryUrlCallback !== null) {
            return $this->temporaryUrlCallback->bindTo($this, self::class)($path, $expiration, $options);
        }
        return $this->atTemporaryHost($this->s3->temporaryUrl(
            self::normalized((string) $path),
            self::time($expiration),
            new Config(['get_object_options' => $options]),
        ));
    }

    /**
     * A URL for one upload by PUT, and the headers that have to be sent along.
     *
     * @param string               $path
     * @param DateTimeInterface|string|int $expiration As of a URL for downloads.
     * @param array<string, mixed> $options `ContentType`, `ContentLength`, `ACL`, `CacheControl` and their like.
     *
     * @return array{url: string, headers: array<string, list<string>>}
     */
    public function temporaryUploadUrl($path, $expiration, array $options = []): array
    {
        // Laravel has it from version 12 on.
        if (isset($this->temporaryUploadUrlCallback)) {
            return $this->temporaryUploadUrlCallback->bindTo($this, self::class)($path, $expiration, $options);
        }
        if ($this->isReadOnly()) {
            throw new UnableToGenerateTemporaryUrl('this disk is read-only', (string) $path);
        }
        $upload = $this->getStorage()->presignPut(
            $this->pathname((string) $path),
            self::time($expiration),
            ...PresignedOptions::ofUpload($options),
        );
        $host = parse_url($upload->url, PHP_URL_HOST);
        $port = parse_url($upload->url, PHP_URL_PORT);
        return [
            'url' => $this->atTemporaryHost($upload->url),
            'headers' => ['Host' => [$port === null ? $host : "$host:$port"]] +
                array_map(static fn (string $value): array => [$value], $upload->headers),
        ];
    }

    /**
     * A file as the answer to the running request, streamed. `Range`, `If-None-Match` and `If-Range` of the request are
     * honoured: 200, 206, 304 or 416. `Cache-Control` is Laravel's, unless it is among the headers.
     *
     * One request.
     *
     * @param string                $path
     * @param string|null           $name
     * @param array<string, string> $headers In place of the object's; its length stays.
     * @param string|null           $disposition `inline` or `attachment`.
     *
     * @throws UnableToRetrieveMetadata There is no such file, or it cannot be read.
     */
    public function response($path, $name = null, array $headers = [], $disposition = 'inline'): StreamedResponse
    {
        $path = (string) $path;
        try {
            $answer = $this->s3->openResponse(self::normalized($path), ...self::conditions());
        } catch (S3Exception $exception) {
            // As of Laravel's own disks, which ask for the size first.
            throw UnableToRetrieveMetadata::fileSize($path, $exception->getMessage(), $exception);
        }
        $response = new StreamedResponse(null, $answer->status);
        // What the object allows caches of its URL says nothing of this answer, which may be one user's.
        $not = ['Cache-Control' => 1, 'Content-Disposition' => 1];
        $response->headers->replace(array_diff_key($answer->headers, $not));
        $response->headers->add($headers);
        if (!$response->headers->has('Content-Disposition')) {
            $filename = (string) ($name ?? basename($path));
            $response->headers->set('Content-Disposition', $response->headers->makeDisposition(
                (string) $disposition,
                $filename,
                $this->fallbackName($filename),
            ));
        }
        // Of a range the caller does not know it.
        $response->headers->remove('Content-Length');
        if (isset($answer->headers['Content-Length'])) {
            $response->headers->set('Content-Length', $answer->headers['Content-Length']);
        }
        $response->setCallback(static function () use ($answer): void {
            if ($answer->stream !== null) {
                fpassthru($answer->stream);
                fclose($answer->stream);
            }
        });
        return $response;
    }

    /**
     * Deletes files; several of them by one request for each 1,000.
     *
     * @param string|array<string> $paths
     */
    public function delete($paths): bool
    {
        $paths = is_array($paths) ? array_values($paths) : func_get_args();
        if (count($paths) < 2 || $this->isReadOnly()) {
            return parent::delete($paths);
        }
        try {
            $this->getStorage()->deleteMany(array_map($this->pathname(...), $paths));
            return true;
        } catch (BatchFailedException $exception) {
            $failure = UnableToDeleteFile::atLocation(
                $exception->getResult()->failed[0]->pathname ?? '',
                $exception->getMessage(),
                $exception,
            );
            throw_if($this->throwsExceptions(), $failure);
            if (method_exists($this, 'report')) {
                $this->report($failure);
            }
            return false;
        }
    }

    /** The name in the storage, of a path as callers of Flysystem may write it. */
    private function pathname(string $path): string
    {
        return $this->s3->pathname(self::normalized($path));
    }

    /** A path as Flysystem passes it on to adapters: what `put()` has written is what is found. */
    private static function normalized(string $path): string
    {
        return (new WhitespacePathNormalizer())->normalizePath($path);
    }

    private static function time(DateTimeInterface|string|int $time): DateTimeInterface
    {
        if ($time instanceof DateTimeInterface) {
            return $time;
        }
        try {
            return new DateTimeImmutable(is_numeric($time) ? "@$time" : $time);
        } catch (Exception) {
            throw new InvalidArgumentException("\"$time\" is no time at which a URL could expire.");
        }
    }

    private function atTemporaryHost(string $url): string
    {
        if (!isset($this->config['temporary_url'])) {
            return $url;
        }
        $base = parse_url($this->config['temporary_url']);
        $port = isset($base['port']) ? ":$base[port]" : '';
        return (string) preg_replace('~^[a-z]+://[^/?#]+~', "$base[scheme]://$base[host]$port", $url);
    }

    /** @return array<string, string> What the running request asks for, as arguments of `openResponse`. */
    private static function conditions(): array
    {
        $container = Container::getInstance();
        $request = $container->bound('request') ? $container->make('request') : null;
        if (!$request instanceof Request || !in_array($request->getRealMethod(), ['GET', 'HEAD'], true)) {
            return [];
        }
        // Whoever asks may send any bytes; what is no such header is as good as none.
        return preg_grep('/^[\x20-\x7e]+$/D', array_filter([
            'range' => $request->getRealMethod() === 'GET' ? $request->headers->get('Range') : null,
            'ifNoneMatch' => $request->headers->get('If-None-Match'),
            'ifRange' => $request->headers->get('If-Range'),
        ], 'is_string'));
    }
}
