<?php

/* An application of Composer's: `php application.php VENDOR-DIRECTORY`. It stores something through the library. */

declare(strict_types=1);

require $argv[1] . '/autoload.php';

$claim = static function (bool $holds, string $claim): void {
    echo $holds ? "  ok: $claim\n" : throw new RuntimeException("this should hold, but does not: $claim");
};

$rpc = new S3Storage\RoadRunner\Rpc([
    'servers' => ['memory' => ['driver' => 'memory']],
    'buckets' => ['uploads' => ['server' => 'memory', 'bucket' => 'my-uploads']],
]);
$rpc->call('s3.Write', ['pathname' => 'a.txt', 'content' => base64_encode('Hello')]);
$answer = $rpc->call('s3.Read', ['pathname' => 'a.txt']);
$claim(base64_decode($answer['content']) === 'Hello', 'the library stores and gives back');

$of = static fn (string $class): string => (string) (new ReflectionClass($class))->getFileName();
$claim(
    str_starts_with($of(S3Storage\RoadRunner\Rpc::class), realpath($argv[1]) . '/s3storage/adapters/src/'),
    'its classes are those that Composer installed',
);
$claim((new ReflectionClass(S3Storage::class))->isInternal(), 'the class is the extension\'s');
$claim(is_file($argv[1] . '/s3storage/stubs/S3Storage.php'), 'the stubs are there to be read');
$stubs = static fn (string $file): bool => str_contains($file, '/s3storage/stubs/');
$claim(array_filter(get_included_files(), $stubs) === [], 'no stub is loaded');
$map = require $argv[1] . '/composer/autoload_classmap.php';
$claim(array_filter($map, $stubs) === [], 'no stub can be loaded');
