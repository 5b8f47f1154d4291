<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** `openResponse`: an object as the answer to an HTTP request. */
final class ResponseTest extends StorageTestCase
{
    private string $etag;

    protected function setUp(): void
    {
        parent::setUp();
        $written = $this->s3->write('a.txt', '0123456789', cacheControl: 'max-age=60', contentDisposition: 'inline');
        $this->etag = (string) $written->etag;
    }

    public function testTheWholeObject(): void
    {
        $response = $this->s3->openResponse('a.txt');
        self::assertSame(200, $response->status);
        self::assertSame('0123456789', stream_get_contents($response->stream));
        $modified = $this->s3->getMetadata('a.txt')->lastModified;
        self::assertSame([
            'Content-Type' => 'text/plain',
            'Content-Disposition' => 'inline',
            'Cache-Control' => 'max-age=60',
            'ETag' => $this->etag,
            'Last-Modified' => gmdate('D, d M Y H:i:s', $modified) . ' GMT',
            'Accept-Ranges' => 'bytes',
            'Content-Length' => '10',
        ], $response->headers);
    }

    /**
     * @return iterable<string, array{string, int, string, string|null}>
     */
    public static function ranges(): iterable
    {
        yield 'first bytes' => ['bytes=0-3', 206, '0123', 'bytes 0-3/10'];
        yield 'from a byte on' => ['bytes=7-', 206, '789', 'bytes 7-9/10'];
        yield 'last bytes' => ['bytes=-4', 206, '6789', 'bytes 6-9/10'];
        yield 'more last bytes than there are' => ['bytes=-400', 206, '0123456789', 'bytes 0-9/10'];
        yield 'over the end' => ['bytes=8-100', 206, '89', 'bytes 8-9/10'];
        yield 'behind the end' => ['bytes=10-', 416, '', 'bytes */10'];
        yield 'no last bytes' => ['bytes=-0', 416, '', 'bytes */10'];
        yield 'several' => ['bytes=0-1,4-5', 200, '0123456789', null];
        yield 'other unit' => ['lines=0-1', 200, '0123456789', null];
        yield 'nonsense' => ['bytes=x-y', 200, '0123456789', null];
        yield 'backwards' => ['bytes=5-4', 200, '0123456789', null];
    }

    /**
     * @dataProvider ranges
     */
    public function testARange(string $range, int $status, string $content, ?string $contentRange): void
    {
        $response = $this->s3->openResponse('a.txt', range: $range);
        self::assertSame($status, $response->status);
        self::assertSame($contentRange, $response->headers['Content-Range'] ?? null);
        if ($status === 416) {
            self::assertNull($response->stream);
        } else {
            self::assertSame($content, stream_get_contents($response->stream));
            self::assertSame((string) strlen($content), $response->headers['Content-Length']);
        }
    }

    public function testWhatTheClientHasIsNotSentAgain(): void
    {
        foreach ([$this->etag, "W/$this->etag", "\"x\", $this->etag", '*'] as $condition) {
            $response = $this->s3->openResponse('a.txt', range: 'bytes=0-1', ifNoneMatch: $condition);
            self::assertSame([304, null], [$response->status, $response->stream], $condition);
            self::assertSame($this->etag, $response->headers['ETag']);
            self::assertArrayNotHasKey('Content-Length', $response->headers);
        }
        foreach (['"x"', '"x", "y"', 'nonsense'] as $condition) {
            $response = $this->s3->openResponse('a.txt', ifNoneMatch: $condition);
            self::assertSame(200, $response->status, $condition);
            self::assertSame('0123456789', stream_get_contents($response->stream));
        }
    }

    public function testARangeOfAnotherObjectIsNotSent(): void
    {
        $modified = gmdate('D, d M Y H:i:s', $this->s3->getMetadata('a.txt')->lastModified) . ' GMT';
        foreach ([$this->etag, $modified] as $same) {
            $response = $this->s3->openResponse('a.txt', range: 'bytes=2-3', ifRange: $same);
            self::assertSame([206, '23'], [$response->status, stream_get_contents($response->stream)]);
        }
        foreach (['"other"', "W/$this->etag", 'Sun, 06 Nov 1994 08:49:37 GMT', 'x'] as $other) {
            $response = $this->s3->openResponse('a.txt', range: 'bytes=2-3', ifRange: $other);
            self::assertSame([200, '0123456789'], [$response->status, stream_get_contents($response->stream)], $other);
            self::assertArrayNotHasKey('Content-Range', $response->headers);
        }
        // The other object was longer: what is asked for lies behind the end of this one.
        $response = $this->s3->openResponse('a.txt', range: 'bytes=50-', ifRange: '"other"');
        self::assertSame([200, '0123456789'], [$response->status, stream_get_contents($response->stream)]);
        self::assertSame(416, $this->s3->openResponse('a.txt', range: 'bytes=50-', ifRange: $this->etag)->status);
    }

    public function testAnObjectThatIsNotNewerSaysWhichOneItIs(): void
    {
        $modified = $this->s3->getMetadata('a.txt')->lastModified;
        $response = $this->s3->openResponse('a.txt', options: ['ifModifiedSince' => $modified]);
        self::assertSame([304, null], [$response->status, $response->stream]);
        self::assertSame($this->etag, $response->headers['ETag'] ?? null);
    }

    public function testAnEmptyObjectHasNoRanges(): void
    {
        $this->s3->write('empty', '');
        $response = $this->s3->openResponse('empty', range: 'bytes=0-9');
        self::assertSame([200, ''], [$response->status, stream_get_contents($response->stream)]);
        self::assertSame('0', $response->headers['Content-Length']);
        self::assertSame(416, $this->s3->openResponse('empty', range: 'bytes=5-9')->status);
    }

    public function testWhatIsMissingThrows(): void
    {
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->openResponse('missing'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->openResponse('missing', ifNoneMatch: '*'));
        $evil = fn () => $this->s3->openResponse('a.txt', ifNoneMatch: "\"a\r\nX-Evil: 1\"");
        self::assertRefusedLocally('INVALID_ARGUMENT', $evil);
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->openResponse('a.txt', options: ['x' => 1]));
    }
}
