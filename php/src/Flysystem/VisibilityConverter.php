<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

/** Between what Flysystem calls visibility and what the storage does. */
interface VisibilityConverter
{
    /**
     * What is asked of the storage for a visibility of Flysystem.
     *
     * @return string|null `public` or `private`; null asks for nothing, and the bucket's own rules hold.
     */
    public function toStorage(string $visibility): ?string;

    /** What Flysystem calls a visibility (`public` or `private`) of the storage. */
    public function fromStorage(string $visibility): string;

    /** The visibility, in Flysystem's words, of a directory that is created without one; null asks for none. */
    public function defaultForDirectories(): ?string;
}
