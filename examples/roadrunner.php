<?php

/*
 * Code that was written for the RoadRunner S3 plugin, without RoadRunner: only the constructor has changed.
 *
 *     S3_ENDPOINT=http://127.0.0.1:9000 S3_ACCESS_KEY=... S3_SECRET_KEY=... S3_BUCKET=... \
 *         php -d extension=s3storage examples/roadrunner.php
 */

declare(strict_types=1);

use S3Storage\RoadRunner\Rpc;
use S3Storage\RoadRunner\S3Error;

// With Composer: require 'vendor/autoload.php', after `composer require s3storage/adapters`.
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/../php/src/' . strtr(substr($class, strlen('S3Storage\\')), '\\', '/') . '.php';
    if (str_starts_with($class, 'S3Storage\\') && is_file($file)) {
        require $file;
    }
});

// Was: $rpc = Spiral\Goridge\RPC\RPC::create('tcp://127.0.0.1:6001');
// The section `s3` of a .rr.yaml may stay where it is: new Rpc('/srv/app/.rr.yaml').
$rpc = new Rpc([
    'servers' => ['demo' => [
        'endpoint' => '${S3_ENDPOINT}',
        'region' => '${S3_REGION:-us-east-1}',
        'credentials' => ['key' => '${S3_ACCESS_KEY}', 'secret' => '${S3_SECRET_KEY}'],
    ]],
    'buckets' => ['uploads' => [
        'server' => 'demo',
        'bucket' => '${S3_BUCKET}',
        'prefix' => 'roadrunner-' . bin2hex(random_bytes(4)),
    ]],
]);

try {
    $written = $rpc->call('s3.Write', ['pathname' => 'hello.txt', 'content' => base64_encode('Hello!')]);
    echo "written: {$written['pathname']}, {$written['size']} bytes, at ", gmdate('c', $written['last_modified']), "\n";

    $read = $rpc->call('s3.Read', ['bucket' => 'uploads', 'pathname' => 'hello.txt']);
    echo 'read: ', base64_decode($read['content'], true), " ({$read['mime_type']})\n";

    $url = $rpc->call('s3.GetPublicURL', ['pathname' => 'hello.txt', 'expires_in' => 60]);
    echo 'for a minute: ', strstr($url['url'], '?', true), "?…\n";

    $rpc->call('s3.Delete', ['pathname' => 'hello.txt']);
    $rpc->call('s3.Read', ['pathname' => 'hello.txt']);
} catch (S3Error $error) {
    echo 'the structured error: ', $error->getErrorCode(), "\n";
}

// A plugin of one's own: any object; its methods are found by name.
$rpc->register('custom', new class {
    public function hello(string $name): string
    {
        return "Hello, $name!";
    }
});
echo $rpc->call('custom.Hello', 'world'), "\n";
