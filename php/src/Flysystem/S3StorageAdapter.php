<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use DateTimeInterface;
use Generator;
use League\Flysystem\ChecksumAlgoIsNotSupported;
use League\Flysystem\ChecksumProvider;
use League\Flysystem\Config;
use League\Flysystem\FileAttributes;
use League\Flysystem\FilesystemAdapter;
use League\Flysystem\PathPrefixer;
use League\Flysystem\StorageAttributes;
use League\Flysystem\UnableToCheckDirectoryExistence;
use League\Flysystem\UnableToCheckFileExistence;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToCreateDirectory;
use League\Flysystem\UnableToDeleteDirectory;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToGeneratePublicUrl;
use League\Flysystem\UnableToGenerateTemporaryUrl;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToProvideChecksum;
use League\Flysystem\UnableToReadFile;
use League\Flysystem\UnableToRetrieveMetadata;
use League\Flysystem\UnableToSetVisibility;
use League\Flysystem\UnableToWriteFile;
use League\Flysystem\UrlGeneration\PublicUrlGenerator;
use League\Flysystem\UrlGeneration\TemporaryUrlGenerator;
use League\MimeTypeDetection\MimeTypeDetector;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidArgumentException;
use S3Storage\Exception\S3Exception;
use S3Storage\ObjectResponse;
use S3Storage\Storage;
use SensitiveParameter;

/**
 * Flysystem 3 on a bucket of the extension.
 *
 * ```php
 * $adapter = new S3Storage\Flysystem\S3StorageAdapter($s3->bucket('uploads'));
 * $filesystem = new League\Flysystem\Filesystem($adapter);
 * ```
 *
 * Options of calls and of the constructor are those of Flysystem's adapter for the AWS SDK, by the same names. An
 * option that cannot be honoured is refused and named, never dropped. Failures are Flysystem's exceptions, with that of
 * the extension as the previous one; what is no failure of the storage (an exception of a signal handler, or of the
 * stream that is written) comes through as it is.
 *
 * No ACL is sent unless a visibility is asked for, and none is read but by `visibility()` and by a copy or move that
 * keeps it (`retain_visibility`, which Flysystem has on by default).
 */
final class S3StorageAdapter implements
    FilesystemAdapter,
    PublicUrlGenerator,
    TemporaryUrlGenerator,
    ChecksumProvider
{
    private readonly PathPrefixer $prefixer;
    private readonly VisibilityConverter $visibility;
    private readonly S3Options $options;

    /** Whether reads need no option. */
    private readonly bool $readsPlainly;

    private readonly Transfer $transfers;

    /**
     * @param Storage                  $storage          The bucket: a handle that has it selected.
     * @param string                   $prefix           What every path is put behind, within the bucket's own prefix.
     * @param VisibilityConverter|null $visibility       Null has Flysystem's words mean what they say.
     * @param MimeTypeDetector|null    $mimeTypeDetector Null is {@see ExtensionFirst}.
     * @param array<string, mixed>     $options          Defaults of every call, such as `CacheControl`.
     *
     * @throws InvalidArgumentException An option is unknown or cannot be honoured.
     */
    public function __construct(
        private readonly Storage $storage,
        string $prefix = '',
        ?VisibilityConverter $visibility = null,
        private ?MimeTypeDetector $mimeTypeDetector = null,
        #[SensitiveParameter] array $options = [],
    ) {
        $this->prefixer = new PathPrefixer($prefix);
        $this->visibility = $visibility ?? new PortableVisibilityConverter();
        $this->options = new S3Options($options, $this->visibility);
        $this->readsPlainly = $this->options->ofRead() === [];
        $this->transfers = new Transfer($storage, $this->options);
    }

    /**
     * The storage below, for what Flysystem has no methods for: many objects at once, conditions, ranges, forms.
     *
     * ```php
     * $adapter->getStorage()->readMany(array_map($adapter->pathname(...), $paths));
     * ```
     */
    public function getStorage(): Storage
    {
        return $this->storage;
    }

    /** The name that a path has in {@see self::getStorage()}. */
    public function pathname(string $path): string
    {
        return $this->prefixer->prefixPath($path);
    }

    /** One request. What ends with a slash, or is empty, is a directory. */
    public function fileExists(string $path): bool
    {
        if (self::isDirectory($path)) {
            return false;
        }
        try {
            if ($this->readsPlainly) {
                return $this->storage->exists($this->prefixer->prefixPath($path));
            }
            $this->storage->getMetadata($this->pathname($path), options: $this->options->ofRead());
            return true;
        } catch (FileNotFoundException) {
            return false;
        } catch (S3Exception $exception) {
            throw UnableToCheckFileExistence::forLocation($path, $exception);
        }
    }

    /** One request: for a page of one entry. A directory is there if something is in it, or a marker stands for it. */
    public function directoryExists(string $path): bool
    {
        try {
            foreach ($this->storage->list($this->prefixer->prefixDirectoryPath($path), limit: 1) as $_) {
                return true;
            }
            return false;
        } catch (S3Exception $exception) {
            throw UnableToCheckDirectoryExistence::forLocation($path, $exception);
        }
    }

    public function write(string $path, string $contents, Config $config): void
    {
        try {
            $arguments = $this->options->ofWrite($config, strlen($contents), isWhole: true);
            $arguments['contentType'] ??= $this->detectType($path, $contents);
            $this->storage->write($this->prefixer->prefixPath($path), $contents, ...$arguments);
        } catch (S3Exception $exception) {
            throw UnableToWriteFile::atLocation($path, $exception->getMessage(), $exception);
        }
    }

    /** In bounded memory; the stream need not be seekable, nor know its size. */
    public function writeStream(string $path, $contents, Config $config): void
    {
        try {
            $arguments = $this->options->ofWrite($config, self::remaining($contents));
            $arguments['contentType'] ??= $this->detectType($path, $contents);
            $written = $this->storage->writeStream($this->pathname($path), $contents, ...$arguments);
            $this->options->checkLength($config, (int) $written->size, 'these are written');
        } catch (S3Exception $exception) {
            throw UnableToWriteFile::atLocation($path, $exception->getMessage(), $exception);
        }
    }

    public function read(string $path): string
    {
        try {
            return $this->readsPlainly
                ? $this->storage->read($this->prefixer->prefixPath($path))
                : $this->storage->read($this->pathname($path), options: $this->options->ofRead());
        } catch (S3Exception $exception) {
            throw UnableToReadFile::fromLocation($path, $exception->getMessage(), $exception);
        }
    }

    /** A stream that fetches while it is read, and that can be sought. */
    public function readStream(string $path)
    {
        try {
            return $this->storage->readStream($this->pathname($path), options: $this->options->ofRead());
        } catch (S3Exception $exception) {
            throw UnableToReadFile::fromLocation($path, $exception->getMessage(), $exception);
        }
    }

    /**
     * A file as an HTTP answer, as {@see Storage::openResponse()} has it, with the options that reads have here.
     *
     * @internal
     *
     * @param string ...$conditions Its arguments `range`, `ifNoneMatch` and `ifRange`.
     */
    public function openResponse(string $path, string ...$conditions): ObjectResponse
    {
        return $this->storage->openResponse($this->pathname($path), ...$conditions, options: $this->options->ofRead());
    }

    public function delete(string $path): void
    {
        try {
            $this->storage->delete($this->pathname($path));
        } catch (S3Exception $exception) {
            throw UnableToDeleteFile::atLocation($path, $exception->getMessage(), $exception);
        }
    }

    /** Page by page, two requests for each 1,000 objects. Without a prefix the root is refused. */
    public function deleteDirectory(string $path): void
    {
        $prefix = $this->prefixer->prefixDirectoryPath($path);
        try {
            if ($prefix === '') {
                throw new InvalidArgumentException('this is everything in the bucket; if that is meant, call ' .
                    "getStorage()->deletePrefix('', all: true)");
            }
            $this->storage->deletePrefix($prefix);
        } catch (S3Exception $exception) {
            throw UnableToDeleteDirectory::atLocation($path, $exception->getMessage(), $exception);
        }
    }

    /** Writes a marker: an empty object whose name ends with a slash. The root is always there. */
    public function createDirectory(string $path, Config $config): void
    {
        if (self::isDirectory(rtrim($path, '/'))) {
            return;
        }
        try {
            // Not as defaults: a visibility that is null is none.
            $config = $config->extend([Config::OPTION_VISIBILITY => $config->get(Config::OPTION_VISIBILITY)
                ?? $config->get(Config::OPTION_DIRECTORY_VISIBILITY)
                ?? $this->visibility->defaultForDirectories()]);
            $arguments = $this->options->ofWrite($config, 0);
            $arguments['contentType'] ??= Entries::UNKNOWN_TYPE;
            $this->storage->write($this->prefixer->prefixDirectoryPath($path), '', ...$arguments);
        } catch (S3Exception $exception) {
            throw UnableToCreateDirectory::dueToFailure($path, $exception);
        }
    }

    public function setVisibility(string $path, string $visibility): void
    {
        try {
            $visibility = $this->visibility->toStorage($visibility);
            if ($visibility !== null) {
                $this->storage->setVisibility($this->pathname($path), $visibility);
            }
        } catch (S3Exception $exception) {
            throw UnableToSetVisibility::atLocation($path, $exception->getMessage(), $exception);
        }
    }

    public function visibility(string $path): FileAttributes
    {
        try {
            $visibility = $this->storage->getVisibility($this->pathname($path));
        } catch (S3Exception $exception) {
            throw UnableToRetrieveMetadata::visibility($path, $exception->getMessage(), $exception);
        }
        return new FileAttributes($path, null, $this->visibility->fromStorage($visibility));
    }

    /** One request, whose other answers are in the attributes too. A type that nobody has named is unknown. */
    public function mimeType(string $path): FileAttributes
    {
        $attributes = $this->metadata($path, StorageAttributes::ATTRIBUTE_MIME_TYPE);
        return $attributes->mimeType() === null
            ? throw UnableToRetrieveMetadata::mimeType($path, 'the object was written without a type')
            : $attributes;
    }

    /** One request, whose other answers are in the attributes too. */
    public function lastModified(string $path): FileAttributes
    {
        $attributes = $this->metadata($path, StorageAttributes::ATTRIBUTE_LAST_MODIFIED);
        return $attributes->lastModified() === null
            ? throw UnableToRetrieveMetadata::lastModified($path, 'the server does not tell it')
            : $attributes;
    }

    /** One request, whose other answers are in the attributes too. */
    public function fileSize(string $path): FileAttributes
    {
        $attributes = $this->metadata($path, StorageAttributes::ATTRIBUTE_FILE_SIZE);
        return $attributes->fileSize() === null
            ? throw UnableToRetrieveMetadata::fileSize($path, 'the server does not tell it')
            : $attributes;
    }

    /**
     * Entries as they are listed, a page of the server in memory. A failure throws out of the loop.
     *
     * @return Generator<int, StorageAttributes>
     */
    public function listContents(string $path, bool $deep): iterable
    {
        return Entries::in($this->storage, $this->prefixer, $path, $deep);
    }

    /** The copy is verified before the source is deleted; a failure says what exists. */
    public function move(string $source, string $destination, Config $config): void
    {
        try {
            $this->transfers->run('move', $this->pathname($source), $this->pathname($destination), $config);
        } catch (S3Exception $exception) {
            throw UnableToMoveFile::fromLocationTo($source, $destination, $exception);
        }
    }

    public function copy(string $source, string $destination, Config $config): void
    {
        try {
            $this->transfers->run('copy', $this->pathname($source), $this->pathname($destination), $config);
        } catch (S3Exception $exception) {
            throw UnableToCopyFile::fromLocationTo($source, $destination, $exception);
        }
    }

    public function publicUrl(string $path, Config $config): string
    {
        try {
            return $this->storage->getPublicUrl($this->pathname($path));
        } catch (S3Exception $exception) {
            throw UnableToGeneratePublicUrl::dueToError($path, $exception);
        }
    }

    /** Of `get_object_options` the headers of the answer (`ResponseContentDisposition`, …) and `VersionId` are known. */
    public function temporaryUrl(string $path, DateTimeInterface $expiresAt, Config $config): string
    {
        try {
            if ($config->get('presigned_request_options', []) !== []) {
                throw new InvalidArgumentException('presigned_request_options are of the AWS SDK; leave them out');
            }
            $options = OptionValue::list($config->get('get_object_options', []), 'get_object_options');
            $arguments = PresignedOptions::ofDownload($options);
            return $this->storage->presignGet($this->pathname($path), $expiresAt, ...$arguments)->url;
        } catch (S3Exception $exception) {
            throw UnableToGenerateTemporaryUrl::dueToError($path, $exception);
        }
    }

    /**
     * The ETag, without its quotes: the MD5 of what was written in one request and not encrypted by KMS or a customer's
     * key. For any other `checksum_algo` Flysystem reads the file.
     */
    public function checksum(string $path, Config $config): string
    {
        if ($config->get('checksum_algo', 'etag') !== 'etag') {
            throw new ChecksumAlgoIsNotSupported();
        }
        try {
            $etag = $this->metadata($path, 'checksum')->extraMetadata()['ETag'] ?? null;
        } catch (UnableToRetrieveMetadata $exception) {
            throw new UnableToProvideChecksum($exception->reason(), $path, $exception);
        }
        return $etag === null
            ? throw new UnableToProvideChecksum('the server tells no ETag', $path)
            : trim($etag, '"');
    }

    private function metadata(string $path, string $type): FileAttributes
    {
        if (self::isDirectory($path)) {
            throw UnableToRetrieveMetadata::create($path, $type, 'it is a directory');
        }
        try {
            $info = $this->readsPlainly
                ? $this->storage->getMetadata($this->prefixer->prefixPath($path))
                : $this->storage->getMetadata($this->pathname($path), options: $this->options->ofRead());
        } catch (S3Exception $exception) {
            throw UnableToRetrieveMetadata::create($path, $type, $exception->getMessage(), $exception);
        }
        return Entries::file($info, $path);
    }

    /** @param string|resource $contents */
    private function detectType(string $path, $contents): string
    {
        $this->mimeTypeDetector ??= new ExtensionFirst();
        return $this->mimeTypeDetector->detectMimeType($path, $contents) ?? Entries::UNKNOWN_TYPE;
    }

    private static function isDirectory(string $path): bool
    {
        return $path === '' || $path[-1] === '/';
    }

    /** The bytes that a regular file still brings; null for any other stream, whose end is found by reading. */
    private static function remaining(mixed $stream): ?int
    {
        $isFile = is_resource($stream) && (stream_get_meta_data($stream)['wrapper_type'] ?? '') === 'plainfile';
        $stat = $isFile ? fstat($stream) : false;
        $isRegular = $stat !== false && ($stat['mode'] & 0o170000) === 0o100000;
        return $isRegular ? max(0, $stat['size'] - (int) ftell($stream)) : null;
    }
}
