<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use League\MimeTypeDetection\ExtensionToMimeTypeMap;
use League\MimeTypeDetection\FinfoMimeTypeDetector;
use League\MimeTypeDetection\GeneratedExtensionToMimeTypeMap;
use League\MimeTypeDetection\MimeTypeDetector;

/**
 * The type that the extension of a name stands for, and only where it stands for none the one that is found in the
 * content: a content is looked at for many times as long as its request takes.
 *
 * Flysystem's own {@see FinfoMimeTypeDetector} has it the other way round, for contents that are strings; for streams
 * it goes by the extension, too.
 */
final class ExtensionFirst implements MimeTypeDetector
{
    private ?MimeTypeDetector $content = null;

    public function __construct(
        private readonly ExtensionToMimeTypeMap $extensions = new GeneratedExtensionToMimeTypeMap(),
    ) {
    }

    /** @param string|resource $contents */
    public function detectMimeType(string $path, $contents): ?string
    {
        // Not by the method below: this is a part of each write.
        return $this->extensions->lookupMimeType(strtolower(pathinfo($path, PATHINFO_EXTENSION)))
            ?? $this->content()->detectMimeType($path, $contents);
    }

    public function detectMimeTypeFromBuffer(string $contents): ?string
    {
        return $this->content()->detectMimeTypeFromBuffer($contents);
    }

    public function detectMimeTypeFromPath(string $path): ?string
    {
        return $this->extensions->lookupMimeType(strtolower(pathinfo($path, PATHINFO_EXTENSION)));
    }

    public function detectMimeTypeFromFile(string $path): ?string
    {
        return $this->detectMimeTypeFromPath($path) ?? $this->content()->detectMimeTypeFromFile($path);
    }

    /** Made when it is needed first: to load what it knows takes longer than a request. */
    private function content(): MimeTypeDetector
    {
        return $this->content ??= new FinfoMimeTypeDetector();
    }
}
