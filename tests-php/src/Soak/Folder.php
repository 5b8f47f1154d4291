<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** Files below a folder, and those that downloads leave. */
final class Folder
{
    /** @return list<string> every file below a folder */
    public static function files(string $folder): array
    {
        if (!is_dir($folder)) {
            return [];
        }
        $files = [];
        $all = new \RecursiveDirectoryIterator($folder, \FilesystemIterator::SKIP_DOTS);
        foreach (new \RecursiveIteratorIterator($all) as $file) {
            $files[] = (string) $file;
        }
        return $files;
    }

    public static function isLeftover(string $file): bool
    {
        return preg_match('/^\..*\.s3storage-/', basename($file)) === 1;
    }

    /** @return list<string> */
    public static function leftovers(string $folder): array
    {
        return array_values(array_filter(self::files($folder), self::isLeftover(...)));
    }
}
