<?php

/*
 * A tour of S3Storage: uploads a file to an S3-compatible server and does with it what applications do.
 *
 *     S3_ENDPOINT=http://127.0.0.1:9000 S3_ACCESS_KEY=... S3_SECRET_KEY=... S3_BUCKET=... \
 *         php -d extension=s3storage examples/quickstart.php [FILE]
 */

declare(strict_types=1);

use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\S3Exception;
use S3Storage\Exception\UnsupportedException;

$variables = ['S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_BUCKET'];
$missing = array_filter($variables, static fn (string $name) => !getenv($name));
if ($missing !== []) {
    fwrite(STDERR, 'Please set ' . implode(', ', $missing) . ".\n`make demo` starts a server and sets them for you.\n");
    exit(2);
}
$check = static function (bool $holds, string $claim): void {
    echo $holds ? "  ok: $claim\n" : throw new RuntimeException("this should hold, but does not: $claim");
};

try {
    $file = $argv[1] ?? dirname(__DIR__) . '/README.md';
    $content = file_get_contents($file) ?: throw new RuntimeException("$file cannot be read, or is empty");

    // The configuration holds no secret: variables are looked up when the handle is made.
    $s3 = new S3Storage([
        'servers' => ['demo' => [
            'endpoint' => '${S3_ENDPOINT}',
            'region' => '${S3_REGION:-us-east-1}',
            'credentials' => ['key' => '${S3_ACCESS_KEY}', 'secret' => '${S3_SECRET_KEY}'],
        ]],
        // Every name below is relative to the prefix, so that this tour meets no other object of the bucket.
        'buckets' => ['tour' => [
            'server' => 'demo',
            'bucket' => '${S3_BUCKET}',
            'prefix' => 'quickstart-' . bin2hex(random_bytes(4)),
        ]],
    ]);
    $name = 'docs/' . basename($file);

    echo "Uploading $file as $name\n";
    $info = $s3->write($name, $content, visibility: 'private', metadata: ['by' => 'tour']);
    $check($info->size === strlen($content), "$info->size bytes, ETag $info->etag");

    echo "Reading it back\n";
    $check(hash('sha256', $s3->read($name)) === hash('sha256', $content), 'the same bytes');
    $check($s3->read($name, offset: 1, length: 10) === substr($content, 1, 10), 'a range of 10 bytes, too');

    echo "Asking what the server knows of it\n";
    $info = $s3->getMetadata($name);
    $check($info->metadata === ['by' => 'tour'], "type $info->mimeType (by its extension), metadata as sent");
    $check($s3->getVisibility($name) === 'private', 'it is private');

    echo "Making it public\n";
    try {
        $s3->setVisibility($name, 'public');
        $url = $s3->getPublicUrl($name);
        $check(file_get_contents($url) === $content, "anyone can fetch $url");
        $s3->setVisibility($name, 'private');
    } catch (UnsupportedException $e) {
        echo "  this server has no object ACLs, as expected of MinIO and some others: {$e->getErrorCode()}\n";
    }

    echo "Listing docs/\n";
    foreach ($s3->list('docs/') as $object) {
        echo "  $object->pathname, $object->size bytes\n";
    }

    echo "Presigning a download that works for a minute, and fetching it by plain HTTP\n";
    $download = $s3->presignGet($name, expiresIn: 60);
    $check(file_get_contents($download->url) === $content, 'the same bytes, without credentials');

    echo "Presigning an upload, and sending it by plain HTTP\n";
    $upload = $s3->presignPut('docs/upload.txt', expiresIn: 60, contentType: 'text/plain');
    $http = ['method' => $upload->method, 'header' => [], 'content' => 'sent by anyone'];
    foreach ($upload->headers as $header => $value) {
        $http['header'][] = "$header: $value";
    }
    file_get_contents($upload->url, false, stream_context_create(['http' => $http]));
    $check($s3->read('docs/upload.txt') === 'sent by anyone', 'it has arrived');

    echo "Copying and moving\n";
    $s3->copy($name, 'copies/one');
    $s3->move('copies/one', 'copies/two');
    $check($s3->exists('copies/two') && !$s3->exists('copies/one'), 'the copy has moved');

    echo "Deleting everything\n";
    foreach ($s3->list() as $object) {
        $s3->delete($object->pathname);
    }

    echo "Reading what is gone\n";
    try {
        $s3->read($name);
    } catch (FileNotFoundException $e) {
        echo "  as expected, {$e->getErrorCode()} ({$e->getCategory()}): {$e->getMessage()}\n";
    }
    echo "Everything worked.\n";
} catch (S3Exception $e) {
    fwrite(STDERR, "Failed with {$e->getErrorCode()}: {$e->getMessage()}\n");
    exit(1);
} catch (RuntimeException $e) {
    fwrite(STDERR, "Failed: {$e->getMessage()}\n");
    exit(1);
}
