<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DomainException;
use S3Storage;
use TypeError;

/** Files of this machine to objects, and how far that is. */
final class UploadFileTest extends FileTestCase
{
    public function testAFileIsWrittenWithItsOptions(): void
    {
        $file = $this->file('content', 'photo.png');
        $info = $this->s3->uploadFile('a', $file, cacheControl: 'no-store', metadata: ['by' => 'me']);
        self::assertSame(['a', 7, 'image/png', ['by' => 'me']], [
            $info->pathname, $info->size, $info->mimeType, $info->metadata,
        ]);
        self::assertSame('content', $this->s3->read('a'));
        self::assertFails('PRECONDITION_FAILED', fn () => $this->s3->uploadFile('a', $file, ifNoneMatch: '*'));
        self::assertSame('image/gif', $this->s3->uploadFile('b.gif', $file)->mimeType);
    }

    public function testALargeFileGoesInPartsAndEachIsTold(): void
    {
        $content = self::bytes(16 * self::MIB + 1);
        $told = [];
        $info = $this->s3->uploadFile(
            'a',
            $this->file($content),
            partSize: 5 * self::MIB,
            concurrency: 2,
            progress: function (int $done, ?int $total) use (&$told): void {
                $told[] = $done;
                self::assertSame(16 * self::MIB + 1, $total);
            }
        );
        self::assertStringEndsWith('-4"', $info->etag);
        self::assertSameBytes($content, $this->s3->read('a'));
        self::assertSame(16 * self::MIB + 1, end($told));
        self::assertSame($told, array_unique($told));
        $sorted = $told;
        sort($sorted);
        self::assertSame($sorted, $told);
    }

    public function testAnEmptyFileIsToldOnce(): void
    {
        $told = [];
        $this->s3->uploadFile('a', $this->file(''), progress: function (...$counts) use (&$told): void {
            $told[] = $counts;
        });
        self::assertSame([[0, 0]], $told);
        self::assertSame('', $this->s3->read('a'));
    }

    public function testFalseEndsTheUploadAndNothingIsWritten(): void
    {
        $file = $this->file(self::bytes(40 * self::MIB));
        $calls = 0;
        $stop = static function () use (&$calls): bool {
            $calls++;
            return false;
        };
        $upload = fn () => $this->s3->uploadFile('a', $file, concurrency: 1, progress: $stop);
        $expected = 'upload file a: the progress callback returned false';
        self::assertSame($expected, self::assertFails('CANCELLED', $upload)->getMessage());
        self::assertSame(1, $calls);
        self::assertFalse($this->s3->exists('a'));
    }

    public function testWhatIsCancelledIsAbortedBeforeTheCallReturns(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $file = $this->file(self::bytes(40 * self::MIB));
        $stop = static fn () => false;
        self::assertFails('CANCELLED', static fn () => $s3->uploadFile('a', $file, concurrency: 1, progress: $stop));
        self::assertContains('DELETE', array_column($server->requests(), 'method'));
    }

    public function testOnlyFalseItselfEndsTheUpload(): void
    {
        $answers = [null, 0, '', [], '0'];
        foreach ($answers as $answer) {
            $this->s3->uploadFile('a', $this->file('x'), progress: static fn () => $answer);
        }
        // It is done already when the final count is told.
        self::assertSame(1, $this->s3->uploadFile('a', $this->file('x'), progress: static fn () => false)->size);
    }

    /** What completes an upload cannot be taken back: an answer to the final count before its end would leave open what is there. */
    public function testTheFinalCountIsToldWhenTheObjectIsThereAndNotBefore(): void
    {
        $begun = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
        $size = 6 * self::MIB;
        foreach (['uploadFile', 'writeStream'] as $method) {
            $part = FaultServer::answer(200, '', 'ETag: "e"');
            $server = new FaultServer([FaultServer::answer(200, $begun), $part, $part, ''], stalls: true);
            $s3 = $this->storage(['endpoint' => $server->endpoint, 'read_timeout' => 1, 'max_attempts' => 1]);
            $told = [];
            $tell = static function (int $done) use (&$told, $size): bool {
                $told[] = $done;
                return $done < $size;
            };
            $file = $this->file(self::bytes($size));
            $source = $method === 'uploadFile' ? $file : fopen($file, 'rb');
            self::assertFails('TIMEOUT', static fn () => $s3->$method('a', $source, concurrency: 1, progress: $tell));
            self::assertNotContains($size, $told, $method);
        }
    }

    public function testAnExceptionOfTheCallbackEndsTheUploadAndArrivesUnchanged(): void
    {
        $thrown = new DomainException('enough');
        $file = $this->file(self::bytes(40 * self::MIB));
        try {
            $this->s3->uploadFile('a', $file, concurrency: 1, progress: static fn () => throw $thrown);
            self::fail('no exception');
        } catch (DomainException $caught) {
            self::assertSame($thrown, $caught);
            self::assertNull($caught->getPrevious());
        }
        self::assertFalse($this->s3->exists('a'));
    }

    /** @dataProvider limits */
    public function testTheCallbackMayUseTheSameHandle(int $limit): void
    {
        $s3 = $this->storage([], ['max_concurrent_operations' => $limit]);
        $s3->write('other', 'x');
        $read = [];
        $s3->uploadFile('a', $this->file(self::bytes(30 * self::MIB)), progress: function () use ($s3, &$read): void {
            $read[] = $s3->read('other');
        });
        self::assertSame(['x'], array_unique($read));
        self::assertSame(30 * self::MIB, $s3->getMetadata('a')->size);
    }

    /** @return list<array{int}> */
    public static function limits(): array
    {
        return [[1], [100]];
    }

    public function testWhatCannotBeCalledIsPhpsOwnTypeError(): void
    {
        $this->expectException(TypeError::class);
        $this->expectExceptionMessage(
            'S3Storage::uploadFile(): Argument #13 ($progress) must be a valid callback or null, '
                . 'function "no_such_function" not found or invalid function name'
        );
        $this->s3->uploadFile('a', $this->file('x'), progress: 'no_such_function');
    }

    public function testEveryKindOfCallableIsCalled(): void
    {
        $file = $this->file('x');
        $static = self::class . '::toldStatic';
        foreach ([[$this, 'told'], [self::class, 'toldStatic'], $static, $this->told(...)] as $callable) {
            self::$told = [];
            $this->s3->uploadFile('a', $file, progress: $callable);
            self::assertSame([[1, 1]], self::$told);
        }
    }

    /** @var list<array{int, int}> */
    private static array $told = [];

    private function told(int $done, int $total): void
    {
        self::$told[] = [$done, $total];
    }

    private static function toldStatic(int $done, int $total): void
    {
        self::$told[] = [$done, $total];
    }

    public function testWhatIsNoRegularFileIsRefused(): void
    {
        $pipe = "$this->folder/pipe";
        posix_mkfifo($pipe, 0600);
        $cases = [
            "$this->folder/missing" => 'does not exist',
            $this->folder => 'is a directory, not a file',
            $pipe => 'is a pipe, whose end is not known; use writeStream',
            '/dev/zero' => 'is a device, not a regular file',
            '' => 'is empty',
            "a\0b" => 'must not contain a NUL',
        ];
        foreach ($cases as $path => $problem) {
            $exception = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->uploadFile('a', $path));
            self::assertStringContainsString($problem, $exception->getMessage());
        }
    }

    public function testPartSizeAndConcurrencyHaveTheLimitsOfTheConfiguration(): void
    {
        $file = $this->file('x');
        foreach (
            [['partSize' => 5 * self::MIB - 1], ['partSize' => (5 << 30) + 1], ['concurrency' => 0],
            ['concurrency' => 101]] as $option
        ) {
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->uploadFile('a', $file, ...$option));
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->write('a', 'x', ...$option));
        }
        $info = $this->s3->write('a', str_repeat('x', 6 * self::MIB), partSize: 5 * self::MIB, concurrency: 1);
        self::assertStringEndsWith('-2"', $info->etag);
        $info = $this->s3->write('a', str_repeat('x', 6 * self::MIB), partSize: 6 * self::MIB);
        self::assertStringNotContainsString('-', $info->etag);
    }
}
