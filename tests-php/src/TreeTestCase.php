<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use FilesystemIterator;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use S3Storage\BatchFailure;

/** A test with trees of files in a folder of its own. */
abstract class TreeTestCase extends FileTestCase
{
    protected function tearDown(): void
    {
        exec('chmod -R u+rwx ' . escapeshellarg($this->folder));
        exec('find ' . escapeshellarg($this->folder) . ' -mindepth 1 -delete');
        parent::tearDown();
    }

    /**
     * Writes files below a directory of the test.
     *
     * @param array<string, string> $files contents by name
     * @return string the directory
     */
    protected function tree(array $files, string $directory = 'tree'): string
    {
        foreach ($files as $name => $content) {
            $path = "$this->folder/$directory/$name";
            is_dir(dirname($path)) || mkdir(dirname($path), 0777, true);
            file_put_contents($path, $content);
        }
        return "$this->folder/$directory";
    }

    /** @return array<string, string> contents of all files below a directory by name, sorted */
    protected static function filesOf(string $directory): array
    {
        $files = [];
        $all = new RecursiveDirectoryIterator($directory, FilesystemIterator::SKIP_DOTS);
        foreach (new RecursiveIteratorIterator($all) as $file) {
            $files[substr((string) $file, strlen($directory) + 1)] = file_get_contents((string) $file);
        }
        ksort($files, SORT_STRING);
        return $files;
    }

    /** @return array<string, string> contents of all objects behind a prefix by what is behind it */
    protected function objectsOf(string $prefix): array
    {
        $objects = [];
        foreach ($this->s3->list($prefix) as $object) {
            $objects[substr($object->pathname, strlen($prefix))] = $this->s3->read($object->pathname);
        }
        return $objects;
    }

    /**
     * @param list<BatchFailure> $failures
     * @return array<string, string> codes by pathname, sorted
     */
    protected static function codes(array $failures): array
    {
        $codes = [];
        foreach ($failures as $failure) {
            $codes[$failure->pathname] = $failure->exception->getErrorCode();
        }
        ksort($codes, SORT_STRING);
        return $codes;
    }

    /**
     * @param list<string> $names
     * @return list<string>
     */
    protected static function sorted(array $names): array
    {
        sort($names, SORT_STRING);
        return $names;
    }
}
