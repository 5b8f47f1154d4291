<?php

/**
 * Two gibibytes through streams under a small memory_limit, byte for byte: from a pipe into an object, and from there
 * into another one. On MinIO, with the extension that CI builds:
 *
 *     scripts/with-minio.sh php -n -d extension=target/ci/libs3storage.so -d memory_limit=32M \
 *         tests-php/large/stream.php
 */

declare(strict_types=1);

$size = 2 << 30;

$peak = static function (): string {
    preg_match('/^VmHWM:\s+(\d+)/m', (string) file_get_contents('/proc/self/status'), $match);
    return sprintf('%d MB resident, %.1f MB of PHP', $match[1] / 1000, memory_get_peak_usage() / 1e6);
};

// The same bytes each time, no two parts of them alike.
$source = static function () use ($size) {
    $command = 'openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c ' . $size;
    return popen($command, 'r') ?: throw new RuntimeException('no pipe');
};

$digest = static function ($stream): string {
    $hash = hash_init('xxh128');
    hash_update_stream($hash, $stream);
    return hash_final($hash);
};

$s3 = new S3Storage([
    'servers' => ['main' => [
        'endpoint' => getenv('S3_ENDPOINT'),
        'credentials' => ['key' => getenv('S3_ACCESS_KEY'), 'secret' => getenv('S3_SECRET_KEY')],
    ]],
    'buckets' => ['main' => ['server' => 'main', 'bucket' => getenv('S3_BUCKET'), 'prefix' => 'large/']],
]);
echo 'memory_limit ', ini_get('memory_limit'), ', at the start ', $peak(), "\n";
$steps = [
    'writeStream from a pipe' => static fn () => $s3->writeStream('a', $source())->size,
    'writeStream from readStream' => static fn () => $s3->writeStream('b', $s3->readStream('a'))->size,
    'readStream, compared with the pipe' => static fn () => $digest($s3->readStream('b')) === $digest($source()),
];
foreach ($steps as $what => $step) {
    $started = microtime(true);
    $result = $step();
    $seconds = microtime(true) - $started;
    if ($result !== $size && $result !== true) {
        exit("$what: FAILED, " . var_export($result, true) . "\n");
    }
    printf("%s: %d bytes in %.1f s; peak %s\n", $what, $size, $seconds, $peak());
}
$s3->deletePrefix('', all: true);
echo "ok\n";
