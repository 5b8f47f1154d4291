<?php

/*
 * What an installed extension must do: store and give back, in memory, in a folder, and on the server that S3_* names.
 * It is run where nothing but PHP's command line is installed, so it needs no library.
 */

declare(strict_types=1);

$passed = 0;
$check = static function (bool $holds, string $claim) use (&$passed): void {
    $passed += $holds ? 1 : throw new RuntimeException("this should hold, but does not: $claim");
    echo "  ok: $claim\n";
};
$folder = sys_get_temp_dir() . '/s3storage-check-' . getmypid();
mkdir($folder);

$s3 = new S3Storage([
    'default' => 's3',
    'servers' => [
        's3' => [
            'endpoint' => '${S3_ENDPOINT}',
            'credentials' => ['key' => '${S3_ACCESS_KEY}', 'secret' => '${S3_SECRET_KEY}'],
        ],
        'memory' => ['driver' => 'memory'],
        'folder' => ['driver' => 'local', 'root' => $folder],
    ],
    'buckets' => [
        's3' => ['server' => 's3', 'bucket' => '${S3_BUCKET}', 'prefix' => 'package-' . getmypid() . '/'],
        'memory' => ['server' => 'memory', 'bucket' => 'b'],
        'folder' => ['server' => 'folder', 'bucket' => 'b'],
    ],
]);

$check(phpversion('s3storage') === ($argv[1] ?? null), 'the version is ' . phpversion('s3storage'));
foreach (['memory', 'folder', 's3'] as $alias) {
    $bucket = $s3->bucket($alias);
    $content = random_bytes(100_000);
    $bucket->write('a/photo.jpg', $content);
    $check($bucket->read('a/photo.jpg') === $content, "$alias: what was put is what is got");
    $names = [];
    foreach ($bucket->list('a/') as $object) {
        $names[] = $object->pathname;
    }
    $check($names === ['a/photo.jpg'], "$alias: it is listed");
    $bucket->delete('a/photo.jpg');
    try {
        $bucket->read('a/photo.jpg');
        $check(false, "$alias: it is gone");
    } catch (S3Storage\Exception\FileNotFoundException) {
        $check(true, "$alias: it is gone");
    }
}
S3Storage::registerStreamWrapper($s3);
file_put_contents('s3://s3/b.txt', 'Hello');
$check(file_get_contents('s3://s3/b.txt') === 'Hello', 's3:// works');
$s3->delete('b.txt');
// The folder is in a tree that is kept.
exec('rm -rf ' . escapeshellarg($folder));
echo "$passed checks passed\n";
