<?php

/**
 * One operation, so many times, and nothing else: what `instructions.php` counts.
 *
 *   php -n -d extension=… benches/operation.php get|put|head|presign COUNT
 */

declare(strict_types=1);

[, $operation, $count] = $argv;
$content = str_repeat('s3storage', 456);
$content = substr($content, 0, 4096);
$s3 = new S3Storage([
    'servers' => ['main' => [
        'endpoint' => (string) getenv('S3_ENDPOINT'),
        'region' => 'us-east-1',
        'credentials' => ['key' => (string) getenv('S3_ACCESS_KEY'), 'secret' => (string) getenv('S3_SECRET_KEY')],
    ]],
    'buckets' => ['files' => ['server' => 'main', 'bucket' => (string) getenv('S3_BUCKET')]],
]);
$s3->write('bench/4k', $content);

$call = match ($operation) {
    'get' => static fn () => $s3->read('bench/4k'),
    'put' => static fn () => $s3->write('bench/4k', $content),
    'head' => static fn () => $s3->getMetadata('bench/4k'),
    'presign' => static fn () => $s3->presignGet('bench/4k'),
};
for ($i = (int) $count; $i > 0; $i--) {
    $call();
}
