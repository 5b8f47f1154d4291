<?php

/**
 * One operation, so many times, and nothing else: what `instructions.php` counts.
 *
 *   php -n -d extension=… benches/operation.php get|put|head|presign|new|file COUNT
 */

declare(strict_types=1);

[, $operation, $count] = $argv;
$content = str_repeat('s3storage', 456);
$content = substr($content, 0, 4096);
$config = [
    'servers' => ['main' => [
        'endpoint' => (string) getenv('S3_ENDPOINT'),
        'region' => 'us-east-1',
        'credentials' => ['key' => (string) getenv('S3_ACCESS_KEY'), 'secret' => (string) getenv('S3_SECRET_KEY')],
    ]],
    'buckets' => ['files' => ['server' => 'main', 'bucket' => (string) getenv('S3_BUCKET')]],
];
$s3 = new S3Storage($config);
$s3->write('bench/4k', $content);

if ($operation === 'file') {
    $file = tempnam(sys_get_temp_dir(), 's3storage') . '.json';
    file_put_contents($file, json_encode($config));
    register_shutdown_function(static fn () => array_map('unlink', [$file, substr($file, 0, -strlen('.json'))]));
    // One that was changed just now is read anew each time.
    sleep(4);
}

$call = match ($operation) {
    'get' => static fn () => $s3->read('bench/4k'),
    'put' => static fn () => $s3->write('bench/4k', $content),
    'head' => static fn () => $s3->getMetadata('bench/4k'),
    'presign' => static fn () => $s3->presignGet('bench/4k'),
    'new' => static fn () => (new S3Storage($config))->read('bench/4k'),
    'file' => static fn () => (new S3Storage($file))->read('bench/4k'),
};
for ($i = (int) $count; $i > 0; $i--) {
    $call();
}
