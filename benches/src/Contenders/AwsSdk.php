<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use Aws\CommandPool;
use Aws\ResultInterface;
use Aws\S3\MultipartUploader;
use Aws\S3\S3Client;
use S3Storage\Benches\Contender;
use S3Storage\Benches\Target;

/** aws/aws-sdk-php, with what it does by itself. */
final class AwsSdk implements Contender
{
    private readonly S3Client $client;

    public static function missing(): ?string
    {
        return class_exists(S3Client::class) ? null : 'not installed';
    }

    public function __construct(Target $target)
    {
        $this->client = new S3Client([
            'version' => '2006-03-01',
            'region' => Target::REGION,
            'endpoint' => $target->endpoint,
            'use_path_style_endpoint' => true,
            'credentials' => ['key' => Target::ACCESS_KEY, 'secret' => Target::SECRET_KEY],
            'http' => $target->caFile === null ? [] : ['verify' => $target->caFile],
        ]);
    }

    public function get(string $key): string
    {
        return (string) $this->client->getObject($this->at($key))['Body'];
    }

    public function put(string $key, string $content): void
    {
        $this->client->putObject(['Body' => $content] + $this->at($key));
    }

    public function head(string $key): int
    {
        return (int) $this->client->headObject($this->at($key))['ContentLength'];
    }

    public function presign(string $key): string
    {
        $command = $this->client->getCommand('GetObject', $this->at($key));
        return (string) $this->client->createPresignedRequest($command, '+1 hour')->getUri();
    }

    public function list(string $prefix): int
    {
        $count = 0;
        $pages = $this->client->getPaginator('ListObjectsV2', ['Bucket' => Target::BUCKET, 'Prefix' => $prefix]);
        foreach ($pages as $page) {
            $count += count($page['Contents'] ?? []);
        }
        return $count;
    }

    public function upload(string $file, string $key): void
    {
        (new MultipartUploader($this->client, $file, ['bucket' => Target::BUCKET, 'key' => $key]))->upload();
    }

    public function download(string $key, string $file): void
    {
        $this->client->getObject(['SaveAs' => $file] + $this->at($key));
    }

    public function getMany(array $keys, int $concurrency): int
    {
        $bytes = 0;
        $commands = (function () use ($keys) {
            foreach ($keys as $key) {
                yield $this->client->getCommand('GetObject', $this->at($key));
            }
        })();
        $pool = new CommandPool($this->client, $commands, [
            'concurrency' => $concurrency,
            'fulfilled' => static function (ResultInterface $result) use (&$bytes): void {
                $bytes += strlen((string) $result['Body']);
            },
        ]);
        $pool->promise()->wait();
        return $bytes;
    }

    /** @return array{Bucket: string, Key: string} */
    private function at(string $key): array
    {
        return ['Bucket' => Target::BUCKET, 'Key' => $key];
    }
}
