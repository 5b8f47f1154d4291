<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use Aws\S3\S3Client;
use DateTimeImmutable;
use League\Flysystem\AwsS3V3\AwsS3V3Adapter;
use League\Flysystem\Filesystem;
use S3Storage\Benches\Contender;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\Target;

/** league/flysystem with its adapter for S3, which stands on aws-sdk-php. */
final class Flysystem implements Contender
{
    private readonly Filesystem $files;

    public static function missing(): ?string
    {
        return class_exists(AwsS3V3Adapter::class) ? null : 'not installed';
    }

    public function __construct(Target $target)
    {
        $client = new S3Client([
            'version' => '2006-03-01',
            'region' => Target::REGION,
            'endpoint' => $target->endpoint,
            'use_path_style_endpoint' => true,
            'credentials' => ['key' => Target::ACCESS_KEY, 'secret' => Target::SECRET_KEY],
            'http' => $target->caFile === null ? [] : ['verify' => $target->caFile],
        ]);
        $this->files = new Filesystem(new AwsS3V3Adapter($client, Target::BUCKET));
    }

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
