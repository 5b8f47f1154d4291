<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\S3Exception;
use S3Storage\ObjectInfo;

/** `readStream`: a stream as PHP's own functions want it. */
final class ReadStreamTest extends StorageTestCase
{
    private const SIZE = 3_000_001;

    private string $content;

    protected function setUp(): void
    {
        parent::setUp();
        $this->content = random_bytes(self::SIZE);
        $this->s3->write('a.bin', $this->content, contentType: 'application/x-a');
    }

    public function testItIsAStreamThatTellsWhatItIs(): void
    {
        $stream = $this->s3->readStream('a.bin');
        self::assertSame('stream', get_resource_type($stream));
        self::assertSame(self::SIZE, fstat($stream)['size'] ?? null);
        self::assertSame(0o100444, fstat($stream)['mode'] ?? null);
        $about = stream_get_meta_data($stream);
        self::assertTrue($about['seekable']);
        self::assertSame('rb', $about['mode']);
        self::assertFalse($about['eof']);
        $info = $about['wrapper_data'] ?? null;
        self::assertInstanceOf(ObjectInfo::class, $info);
        self::assertSame([self::SIZE, 'application/x-a'], [$info->size, $info->mimeType]);
        self::assertTrue(fclose($stream));
    }

    public function testEveryWayOfReadingBringsTheSameBytes(): void
    {
        self::assertSameBytes($this->content, (string) stream_get_contents($this->s3->readStream('a.bin')));

        $pieces = '';
        $stream = $this->s3->readStream('a.bin');
        while (!feof($stream)) {
            $piece = fread($stream, 10_007);
            self::assertTrue(strlen($piece) === 10_007 || feof($stream));
            $pieces .= $piece;
        }
        self::assertSameBytes($this->content, $pieces);
        self::assertSame('', fread($stream, 10));

        $copy = fopen('php://temp', 'w+b');
        self::assertSame(self::SIZE, stream_copy_to_stream($this->s3->readStream('a.bin'), $copy));
        self::assertSameBytes($this->content, (string) stream_get_contents($copy, -1, 0));

        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        self::assertSame(self::SIZE, file_put_contents($file, $this->s3->readStream('a.bin')));
        self::assertSame(hash('sha256', $this->content), hash_file('sha256', $file));
        unlink($file);

        ob_start();
        self::assertSame(self::SIZE, fpassthru($this->s3->readStream('a.bin')));
        self::assertSameBytes($this->content, (string) ob_get_clean());
    }

    public function testLinesAndFilters(): void
    {
        $this->s3->write('lines.csv', "name,age\n\"Miller, A\",30\nlast,1");
        $stream = $this->s3->readStream('lines.csv');
        self::assertSame("name,age\n", fgets($stream));
        self::assertSame(['Miller, A', '30'], fgetcsv($stream, escape: ''));
        self::assertSame('last,1', fgets($stream));
        self::assertFalse(fgets($stream));
        self::assertTrue(feof($stream));

        $stream = $this->s3->readStream('lines.csv');
        stream_filter_append($stream, 'string.toupper', STREAM_FILTER_READ);
        self::assertSame("NAME,AGE\n\"MILLER, A\",30\nLAST,1", stream_get_contents($stream));

        $stream = $this->s3->readStream('lines.csv');
        self::assertSame(['n', 'a'], [fgetc($stream), fgetc($stream)]);
    }

    public function testSeeking(): void
    {
        $stream = $this->s3->readStream('a.bin');
        foreach ([1000, 0, 2_999_990, 5, 100_000, self::SIZE - 1] as $position) {
            self::assertSame(0, fseek($stream, $position));
            self::assertSame($position, ftell($stream));
            self::assertSameBytes(substr($this->content, $position, 100), fread($stream, 100), "at $position");
        }
        self::assertSame(0, fseek($stream, -7, SEEK_END));
        self::assertSame(substr($this->content, -7), fread($stream, 100));
        self::assertTrue(feof($stream));
        self::assertTrue(rewind($stream));
        self::assertFalse(feof($stream));
        fread($stream, 10);
        self::assertSame(0, fseek($stream, 20, SEEK_CUR));
        self::assertSame(substr($this->content, 30, 5), fread($stream, 5));
        self::assertSame(-1, fseek($stream, -1));
        self::assertSame(0, fseek($stream, self::SIZE + 100));
        self::assertSame('', fread($stream, 10));
        self::assertTrue(feof($stream));
        self::assertSame(substr($this->content, 50, 10), stream_get_contents($stream, 10, 50));
    }

    public function testAPartOfAnObjectIsAStreamOfItsOwn(): void
    {
        $stream = $this->s3->readStream('a.bin', offset: 1000, length: 500);
        self::assertSame(500, fstat($stream)['size'] ?? null);
        self::assertSame(substr($this->content, 1000, 500), stream_get_contents($stream));
        self::assertSame(substr($this->content, 1100, 50), stream_get_contents($stream, 50, 100));
        $rest = $this->s3->readStream('a.bin', offset: self::SIZE - 3, length: 100);
        self::assertSame(3, fstat($rest)['size'] ?? null);
        self::assertSame(substr($this->content, -3), stream_get_contents($rest));
        self::assertFails('S3_OPERATION_FAILED', fn () => $this->s3->readStream('a.bin', offset: self::SIZE));
    }

    public function testAnEmptyObjectIsAStreamAtItsEnd(): void
    {
        $this->s3->write('empty', '');
        foreach ([[], ['length' => 10]] as $part) {
            $stream = $this->s3->readStream('empty', ...$part);
            self::assertSame('', stream_get_contents($stream));
            self::assertTrue(feof($stream));
            self::assertSame(0, fstat($stream)['size'] ?? null);
        }
    }

    public function testWhatCannotBeOpenedThrowsAtOnce(): void
    {
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->readStream('missing'));
        self::assertRefusedLocally('INVALID_PATHNAME', fn () => $this->s3->readStream('../x'));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->readStream('a.bin', offset: -1));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->readStream('a.bin', options: ['x' => 1]));
        $etag = $this->s3->getMetadata('a.bin')->etag;
        self::assertFails('NOT_MODIFIED', fn () => $this->s3->readStream('a.bin', ifNoneMatch: $etag));
        self::assertFails('PRECONDITION_FAILED', fn () => $this->s3->readStream('a.bin', ifMatch: '"other"'));
    }

    public function testItCannotBeWritten(): void
    {
        $stream = $this->s3->readStream('a.bin');
        self::assertFalse(@fwrite($stream, 'x'));
        self::assertSame($this->content[0], fread($stream, 1));
    }

    public function testAnObjectThatWasReplacedIsNotSpliced(): void
    {
        $stream = $this->s3->readStream('a.bin');
        fread($stream, 10);
        $this->s3->write('a.bin', str_repeat('n', self::SIZE));
        fseek($stream, 2_000_000);
        $exception = self::assertFails('CONNECTION_FAILED', static fn () => fread($stream, 10));
        self::assertStringContainsString('the object is not the same any more', $exception->getMessage());
        self::assertSame(2_000_000, ftell($stream));
    }

    public function testABrokenContentThrowsOutOfTheFunctionThatReads(): void
    {
        $etag = 'ETag: "e"';
        $cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n$etag\r\n\r\nhalf";
        $changed = FaultServer::error(412, 'PreconditionFailed');
        $faults = new FaultServer([$cut, $changed, $cut, $changed, $cut, $changed]);
        $broken = $this->storage(['endpoint' => $faults->endpoint, 'max_attempts' => 1]);
        foreach (['stream_get_contents', 'fgets', 'fpassthru'] as $function) {
            $stream = $broken->readStream('a');
            ob_start();
            try {
                self::assertFails('CONNECTION_FAILED', static fn () => $function($stream));
            } finally {
                ob_end_clean();
            }
            fclose($stream);
        }
    }

    public function testManyStreamsAtOnceAndNoneClosed(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        $streams = [];
        for ($i = 0; $i < 20; $i++) {
            $streams[] = $stream = $one->readStream('a.bin', offset: $i);
            fread($stream, 5);
        }
        foreach ($streams as $i => $stream) {
            self::assertSame(substr($this->content, $i + 5, 5), fread($stream, 5));
        }
    }

    public function testProgressIsToldAndMayEndTheReading(): void
    {
        $told = [];
        $stream = $this->s3->readStream('a.bin', progress: static function (int $done, ?int $total) use (&$told): void {
            $told[] = [$done, $total];
        });
        stream_get_contents($stream);
        self::assertSame([self::SIZE, self::SIZE], end($told));

        $ends = static fn (int $done): bool => $done < 2_000;
        $stream = $this->s3->readStream('a.bin', progress: $ends);
        fread($stream, 1_000);
        fread($stream, 1_000);
        usleep(25_000);
        self::assertFails('CANCELLED', static fn () => fread($stream, 1_000));
        self::assertSame(2_000, ftell($stream));
    }

    public function testAnExceptionOfTheListenerComesOutOfTheRead(): void
    {
        $throws = static fn () => throw new \LogicException('no more');
        $stream = $this->s3->readStream('a.bin', progress: $throws);
        fread($stream, 10);
        try {
            fread($stream, 10);
            self::fail('the exception was lost');
        } catch (\LogicException $exception) {
            self::assertSame('no more', $exception->getMessage());
        }
        self::assertSame(10, ftell($stream));
    }

    public function testACallbackCanNeitherCloseNorReadNorMoveTheStreamThatItIsToldOf(): void
    {
        $lines = str_repeat("a line of the object\n", 40_000);
        $this->s3->write('lines', $lines);
        foreach (['fclose', 'fgets', 'stream_get_contents', 'rewind'] as $function) {
            $tried = [];
            $stream = null;
            $progress = static function () use (&$stream, &$tried, $function): void {
                stream_set_chunk_size($stream, 1 << 20);
                try {
                    $tried[] = @$function($stream);
                } catch (S3Exception $exception) {
                    $tried[] = $exception->getErrorCode();
                }
            };
            $stream = $this->s3->readStream('lines', progress: $progress);
            $read = '';
            while (($line = fgets($stream)) !== false) {
                $read .= $line;
            }
            self::assertSameBytes($lines, $read, $function);
            $outcome = in_array($function, ['fclose', 'rewind'], true) ? false : 'S3_OPERATION_FAILED';
            self::assertSame([$outcome], array_values(array_unique($tried)), $function);
            self::assertTrue(fclose($stream));
        }
    }

    public function testAFilterForWritingWritesNothing(): void
    {
        $stream = $this->s3->readStream('a.bin');
        // What it holds back until the stream is closed has nowhere to go.
        stream_filter_append($stream, 'zlib.deflate', STREAM_FILTER_WRITE);
        @fwrite($stream, 'x');
        @fflush($stream);
        self::assertSame($this->content[0], fread($stream, 1));
        self::assertTrue(@fclose($stream));
    }

    public function testTheEndIsToldOnceHoweverOftenItIsRead(): void
    {
        $told = [];
        $progress = static function (int $done, ?int $total) use (&$told): void {
            $told[] = [$done, $total];
        };
        $stream = $this->s3->readStream('a.bin', progress: $progress);
        stream_get_contents($stream);
        fread($stream, 1);
        usleep(25_000);
        self::assertSame('', stream_get_contents($stream));
        $ends = array_filter($told, static fn (array $at): bool => $at[0] === self::SIZE);
        self::assertSame([[self::SIZE, self::SIZE]], array_values($ends));
        fseek($stream, self::SIZE + 100);
        fread($stream, 1);
        self::assertLessThanOrEqual(self::SIZE, max(array_column($told, 0)));
    }

    public function testACallbackThatIsPrivateWhereTheStreamIsOpenedIsCalledWhereItIsRead(): void
    {
        $owner = new class ($this->s3) {
            /** @var list<string> */
            public static array $called = [];

            public function __construct(private readonly S3Storage $s3)
            {
            }

            /** @return list<resource> */
            public function open(): array
            {
                $callbacks = [[$this, 'told'], [static::class, 'toldStatically'], static::class . '::toldStatically'];
                return array_map(fn ($callback) => $this->s3->readStream('a.bin', progress: $callback), $callbacks);
            }

            private function told(): void
            {
                self::$called[] = __FUNCTION__;
            }

            private static function toldStatically(): void
            {
                self::$called[] = __FUNCTION__;
            }

            /** @param list<mixed> $arguments */
            public function __call(string $name, array $arguments): void
            {
                self::$called[] = "$name from outside";
            }
        };
        foreach ($owner->open() as $number => $stream) {
            $owner::$called = [];
            self::assertSame(self::SIZE, strlen((string) stream_get_contents($stream)));
            $expected = $number === 0 ? 'told' : 'toldStatically';
            self::assertSame([$expected], array_values(array_unique($owner::$called)));
        }
    }
}
