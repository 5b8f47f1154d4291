<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use Aws\S3\S3Client;
use League\Flysystem\AwsS3V3\AwsS3V3Adapter;
use League\Flysystem\Filesystem;
use S3Storage\Benches\Contender;
use S3Storage\Benches\Target;

/** league/flysystem with its adapter for S3, which stands on aws-sdk-php. */
final class Flysystem implements Contender
{
    use OnFlysystem;

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
}
