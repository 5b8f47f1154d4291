<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Storage;
use Symfony\Component\DependencyInjection\Attribute\Target;

/** A service of an application, which asks for storages in every way that there is. */
final class SymfonyConsumer
{
    public function __construct(
        public readonly Storage $storage,
        public readonly S3Storage $class,
        public readonly Storage $files,
        public readonly Storage $filesStorage,
        #[Target('files')] public readonly Storage $targeted,
        #[Target('other-files.storage')] public readonly S3Storage $others,
        public readonly Storage $archive,
        public readonly Storage $archiveOld,
    ) {
    }
}
