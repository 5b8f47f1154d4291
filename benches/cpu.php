<?php

/**
 * CPU per operation: GET, PUT and HEAD of 4 KiB beside PHP's curl extension on a presigned URL, and presigning beside
 * the same in PHP. Fails where a target is missed.
 *
 *   scripts/bench.sh cpu PROFILE [--tls] [--rounds=N] [--calls=N]
 *
 * Counted is the CPU time of this process, on the one core that it shares with the server (`scripts/bench.sh`). Every
 * round takes each operation with each client in turn, so that a machine that grows slower is so for both; figures are
 * medians over the rounds. Absolute ones move with machine and day, ratios within one run hold.
 */

declare(strict_types=1);

use S3Storage\Benches\CpuTime;
use S3Storage\Benches\CurlClient;
use S3Storage\Benches\SigV4;

foreach (['CpuTime', 'CurlClient', 'SigV4'] as $class) {
    require __DIR__ . "/src/$class.php";
}

$option = static function (string $name, int $default) use ($argv): int {
    foreach ($argv as $argument) {
        if (str_starts_with($argument, "--$name=")) {
            return max(1, (int) substr($argument, strlen("--$name=")));
        }
    }
    return $default;
};
$rounds = $option('rounds', 7);
$calls = $option('calls', 1000);
$caFile = getenv('S3STORAGE_BENCH_CA') ?: null;
[$endpoint, $accessKey, $secretKey, $bucket] = array_map(
    static fn (string $name) => (string) getenv($name),
    ['S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_BUCKET'],
);

$server = [
    'endpoint' => $endpoint,
    'region' => 'us-east-1',
    'credentials' => ['key' => $accessKey, 'secret' => $secretKey],
] + ($caFile === null ? [] : ['ca_file' => $caFile]);
$s3 = new S3Storage([
    'servers' => ['main' => $server],
    'buckets' => ['files' => ['server' => 'main', 'bucket' => $bucket]],
]);
$content = random_bytes(4096);
$name = 'bench/4k';
$s3->write($name, $content);

$url = "$endpoint/$bucket/$name";
$curl = new CurlClient($caFile);
$curl->prepare('get', 'GET', $s3->presignGet($name)->url);
$put = $s3->presignPut($name, contentType: 'application/octet-stream');
$curl->prepare('put', 'PUT', $put->url, $put->headers, $content);
$curl->prepare('head', 'HEAD', SigV4::presign('HEAD', $url, $accessKey, $secretKey, 3600));

// Each as an application writes it; the other side, and what the ratio may be.
$operations = [
    'GET 4 KiB' => [static fn () => $s3->read($name), static fn () => $curl->run('get'), 1.4],
    'PUT 4 KiB' => [
        static fn () => $s3->write($name, $content, contentType: 'application/octet-stream'),
        static fn () => $curl->run('put'),
        null,
    ],
    'HEAD' => [static fn () => $s3->getMetadata($name), static fn () => $curl->run('head'), null],
    'presign' => [
        static fn () => $s3->presignGet($name),
        static fn () => SigV4::presign('GET', $url, $accessKey, $secretKey, 3600),
        null,
    ],
];
$mostMicroseconds = ['presign' => 6.0];

if ($s3->read($name) !== $content || $curl->run('get') !== $content) {
    fwrite(STDERR, "bench: other content came back\n");
    exit(1);
}
$times = [];
for ($round = 0; $round <= $rounds; $round++) {
    foreach ($operations as $operation => [$ours, $theirs]) {
        $pair = [CpuTime::ofCall($ours, $calls), CpuTime::ofCall($theirs, $calls)];
        // The first round warms up both.
        if ($round > 0) {
            $times[$operation][] = $pair;
        }
    }
}

$scheme = parse_url($endpoint, PHP_URL_SCHEME);
echo "CPU of the client process over $scheme, microseconds per call; medians of $rounds rounds of $calls calls\n";
printf("%-10s %10s %10s %7s  %s\n", '', 's3storage', 'PHP', 'ratio', 'target');
$missed = false;
foreach ($operations as $operation => [, , $mostTimes]) {
    $ours = CpuTime::median(array_column($times[$operation], 0));
    $theirs = CpuTime::median(array_column($times[$operation], 1));
    $target = '';
    $within = true;
    if ($mostTimes !== null) {
        [$target, $within] = [sprintf('at most %.2f times', $mostTimes), $ours / $theirs <= $mostTimes];
    } elseif (isset($mostMicroseconds[$operation])) {
        $most = $mostMicroseconds[$operation];
        [$target, $within] = [sprintf('at most %.1f', $most), $ours <= $most];
    }
    $missed = $missed || !$within;
    $verdict = $target === '' ? '' : ($within ? "$target: met" : "$target: MISSED");
    printf("%-10s %10.1f %10.1f %7.2f  %s\n", $operation, $ours, $theirs, $ours / $theirs, $verdict);
}
echo "PHP: its curl extension, handle and connection kept, on a presigned URL; for presign, hash_hmac() in PHP code\n";
exit($missed ? 1 : 0);
