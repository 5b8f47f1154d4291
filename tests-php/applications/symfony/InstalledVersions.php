<?php

declare(strict_types=1);

namespace Composer;

/** What Symfony asks Composer's runtime, where packages come from apt: what has its classes is installed. */
final class InstalledVersions
{
    public static function isInstalled(string $package, bool $dev = true): bool
    {
        return false;
    }

    /** @return array<string, string> */
    public static function getRootPackage(): array
    {
        return ['name' => 'app/app'];
    }
}
