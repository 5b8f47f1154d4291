<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use AsyncAws\S3\Input\GetObjectRequest;
use AsyncAws\S3\S3Client;
use DateTimeImmutable;
use S3Storage\Benches\Contender;
use S3Storage\Benches\Target;
use Symfony\Component\HttpClient\HttpClient;

/** async-aws/s3 on Symfony's HTTP client. */
final class AsyncAws implements Contender
{
    private readonly S3Client $client;

    public static function missing(): ?string
    {
        return class_exists(S3Client::class) ? null : 'not installed';
    }

    public function __construct(Target $target)
    {
        $this->client = new S3Client([
            'region' => Target::REGION,
            'endpoint' => $target->endpoint,
            'pathStyleEndpoint' => 'true',
            'accessKeyId' => Target::ACCESS_KEY,
            'accessKeySecret' => Target::SECRET_KEY,
        ], null, HttpClient::create($target->caFile === null ? [] : ['cafile' => $target->caFile]));
    }

    public function get(string $key): string
    {
        return $this->client->getObject($this->at($key))->getBody()->getContentAsString();
    }

    public function put(string $key, string $content): void
    {
        $this->client->putObject(['Body' => $content] + $this->at($key))->resolve();
    }

    public function head(string $key): int
    {
        return (int) $this->client->headObject($this->at($key))->getContentLength();
    }

    public function presign(string $key): string
    {
        return $this->client->presign(new GetObjectRequest($this->at($key)), new DateTimeImmutable('+1 hour'));
    }

    public function list(string $prefix): int
    {
        $found = $this->client->listObjectsV2(['Bucket' => Target::BUCKET, 'Prefix' => $prefix]);
        return iterator_count($found->getContents());
    }

    public function upload(string $file, string $key): void
    {
        $input = fopen($file, 'rb');
        $this->client->putObject(['Body' => $input] + $this->at($key))->resolve();
        fclose($input);
    }

    public function download(string $key, string $file): void
    {
        $output = fopen($file, 'wb');
        foreach ($this->client->getObject($this->at($key))->getBody()->getChunks() as $chunk) {
            fwrite($output, $chunk);
        }
        fclose($output);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        $bytes = 0;
        foreach (array_chunk($keys, $concurrency) as $some) {
            $results = array_map(fn (string $key) => $this->client->getObject($this->at($key)), $some);
            foreach ($results as $result) {
                $bytes += strlen($result->getBody()->getContentAsString());
            }
        }
        return $bytes;
    }

    /** @return array{Bucket: string, Key: string} */
    private function at(string $key): array
    {
        return ['Bucket' => Target::BUCKET, 'Key' => $key];
    }
}
