<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Presigned URLs serve the curl of the command line, which knows nothing but the URL and the headers. */
final class PresignedByCurlTest extends StorageTestCase
{
    /** @return iterable<string, array{string}> */
    public static function keys(): iterable
    {
        $keys = ['plain.txt', 'with space+plus', 'percent%2Fslash%', 'a//b', '~tilde/é/日本語', 'q?u#e&r=y',
            '[glob]{a,b}', "quote'\"<>"];
        foreach ($keys as $key) {
            yield $key => [$key];
        }
    }

    /** @dataProvider keys */
    public function testCurlUploadsAndDownloads(string $key): void
    {
        if ($key === 'a//b') {
            self::skipOnMinio('MinIO stores no such keys');
        }
        $content = random_bytes(5_000);
        $put = $this->s3->presignPut($key, contentType: 'application/x-test');
        self::assertSame(200, Curl::put($put->url, $content, $put->headers)->status);
        self::assertSame('application/x-test', $this->s3->getMetadata($key)->mimeType);
        $got = Curl::get($this->s3->presignGet($key)->url);
        self::assertSame(200, $got->status, $got->status === 200 ? '' : $got->body);
        self::assertSameBytes($content, $got->body);
        self::assertSameBytes($content, Curl::get($this->s3->getPublicUrl($key, 60))->body);
    }

    public function testCurlUploadsAndDownloadsOverHttps(): void
    {
        $server = Server::startTls();
        $trust = ['--cacert', (string) $server->caFile];
        $s3 = new S3Storage($server->config());
        $put = $s3->presignPut('a b', contentType: 'text/csv');
        self::assertStringStartsWith('https://127.0.0.1:', $put->url);
        self::assertSame(200, Curl::put($put->url, 'x,y', $put->headers, $trust)->status);
        self::assertSame('x,y', Curl::get($s3->presignGet('a b')->url, $trust)->body);
        $server->stop();
    }

    public function testCurlIsRefusedWhatTheUrlDoesNotCover(): void
    {
        $this->s3->write('a', 'x');
        $url = $this->s3->presignGet('a')->url;
        self::assertSame('x', Curl::get($url)->body);
        self::assertSame(403, Curl::put($url, 'y')->status, 'another method');
        self::assertSame(403, Curl::get(str_replace('/a?', '/b?', $url))->status, 'another key');
        $put = $this->s3->presignPut('a', contentType: 'text/csv');
        self::assertSame(403, Curl::put($put->url, 'y', ['Content-Type' => 'text/html'])->status, 'another type');
        self::assertSame('x', $this->s3->read('a'));
    }
}
