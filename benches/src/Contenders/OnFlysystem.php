<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use DateTimeImmutable;
use League\Flysystem\Filesystem;
use S3Storage\Benches\NotThere;

/** What is measured of Flysystem, whatever its adapter. */
trait OnFlysystem
{
    private readonly Filesystem $files;

    public function get(string $key): string
    {
        return $this->files->read($key);
    }

    public function put(string $key, string $content): void
    {
        $this->files->write($key, $content);
    }

    public function head(string $key): int
    {
        return $this->files->fileSize($key);
    }

    public function presign(string $key): string
    {
        return $this->files->temporaryUrl($key, new DateTimeImmutable('+1 hour'));
    }

    public function list(string $prefix): int
    {
        return iterator_count($this->files->listContents($prefix, true)->getIterator());
    }

    public function upload(string $file, string $key): void
    {
        $input = fopen($file, 'rb');
        $this->files->writeStream($key, $input);
        if (is_resource($input)) {
            fclose($input);
        }
    }

    public function download(string $key, string $file): void
    {
        $output = fopen($file, 'wb');
        stream_copy_to_stream($this->files->readStream($key), $output);
        fclose($output);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        throw new NotThere('one at a time');
    }
}
