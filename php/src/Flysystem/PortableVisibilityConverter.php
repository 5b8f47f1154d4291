<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

/** Flysystem and the storage have the same words. */
final class PortableVisibilityConverter implements VisibilityConverter
{
    /** @param string|null $defaultForDirectories `public` or `private`, of directories that are created without one. */
    public function __construct(private readonly ?string $defaultForDirectories = null)
    {
    }

    public function toStorage(string $visibility): string
    {
        return $visibility;
    }

    public function fromStorage(string $visibility): string
    {
        return $visibility;
    }

    public function defaultForDirectories(): ?string
    {
        return $this->defaultForDirectories;
    }
}
