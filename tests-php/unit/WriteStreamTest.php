<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;
use S3Storage;
use TypeError;

/** `writeStream`: whatever a stream is, its bytes arrive, or nothing is left. */
final class WriteStreamTest extends StorageTestCase
{
    private const PART = 5 * 1024 * 1024;

    public function testAFileFromWhereItStands(): void
    {
        $file = fopen('php://temp', 'w+b');
        $content = random_bytes(100_000);
        fwrite($file, $content);
        fseek($file, 10);
        $info = $this->s3->writeStream('a.txt', $file, cacheControl: 'no-store', metadata: ['k' => 'v']);
        self::assertSame(['a.txt', 99_990, 'text/plain', ['k' => 'v']], [
            $info->pathname, $info->size, $info->mimeType, $info->metadata,
        ]);
        self::assertSameBytes(substr($content, 10), $this->s3->read('a.txt'));
        self::assertTrue(is_resource($file), 'it was closed');
        self::assertSame(0, $this->s3->writeStream('empty', $file)->size);
        self::assertSame('', $this->s3->read('empty'));
    }

    /**
     * @return iterable<string, array{int}>
     */
    public static function sizes(): iterable
    {
        foreach ([0, 1, self::PART - 1, self::PART, self::PART + 1, 3 * self::PART, 3 * self::PART + 7] as $size) {
            yield "$size bytes" => [$size];
        }
    }

    /**
     * @dataProvider sizes
     */
    public function testAPipeOfEverySize(int $size): void
    {
        $narrow = $this->storage([], ['concurrency' => 2]);
        $pipe = popen("head -c $size /dev/zero | tr '\\0' x", 'r');
        self::assertSame($size, $narrow->writeStream('pipe', $pipe)->size);
        self::assertSame(0, pclose($pipe));
        self::assertSameBytes(str_repeat('x', $size), $narrow->read('pipe'));
    }

    public function testAHundredMebibytesFromAPipeAndThroughAStreamOfOursAtALimitOfOne(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        $command = 'openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 104857600';
        $expected = strtok((string) shell_exec("$command | sha256sum"), ' ');
        self::assertSame(104_857_600, $one->writeStream('a', popen($command, 'r'))->size);
        self::assertSame(104_857_600, $one->writeStream('b', $one->readStream('a'))->size);
        $hash = hash_init('sha256');
        hash_update_stream($hash, $one->readStream('b'));
        self::assertSame($expected, hash_final($hash));
    }

    public function testFiltersSocketsAndStreamsOfPhpCode(): void
    {
        $filtered = fopen('php://memory', 'w+b');
        fwrite($filtered, 'abc');
        rewind($filtered);
        stream_filter_append($filtered, 'string.rot13', STREAM_FILTER_READ);
        $this->s3->writeStream('filtered', $filtered);
        self::assertSame('nop', $this->s3->read('filtered'));

        [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        fwrite($theirs, 'through a socket');
        fclose($theirs);
        $this->s3->writeStream('socket', $ours);
        self::assertSame('through a socket', $this->s3->read('socket'));

        $stream = CodeStream::open(['one ', 'two ', 'three']);
        $this->s3->writeStream('code', $stream);
        self::assertSame('one two three', $this->s3->read('code'));
    }

    public function testASourceThatUsesTheStorageWhileItIsRead(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        $one->write('a', 'from within');
        $stream = CodeStream::open([static fn (): string => $one->read('a'), '!']);
        $one->writeStream('b', $stream);
        self::assertSame('from within!', $one->read('b'));
    }

    public function testASourceThatDoesNotBlockIsWaitedFor(): void
    {
        $pipe = popen('sleep 0.3; printf late', 'r');
        stream_set_blocking($pipe, false);
        $this->s3->writeStream('late', $pipe);
        self::assertSame('late', $this->s3->read('late'));
        pclose($pipe);

        [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        stream_set_blocking($ours, false);
        $impatient = $this->storage(['read_timeout' => 0.3]);
        $exception = self::assertFails('TIMEOUT', static fn () => $impatient->writeStream('never', $ours));
        self::assertStringContainsString('the source stream had nothing', $exception->getMessage());
        self::assertFalse($this->s3->exists('never'));
        fclose($theirs);
    }

    public function testASourceThatDiesLeavesNothing(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config([], ['concurrency' => 1]));
        $parts = array_fill(0, 3, str_repeat('x', self::PART));
        $ends = [
            'throws' => static fn () => throw new RuntimeException('the source is gone'),
            'fails' => static fn (): bool => false,
        ];
        foreach ($ends as $how => $end) {
            $server->forgetRequests();
            $stream = CodeStream::open([...$parts, $end]);
            try {
                @$s3->writeStream('a', $stream);
                self::fail("a source that $how was written");
            } catch (RuntimeException $exception) {
                $expected = $how === 'throws' ? 'the source is gone' : 'write a: the source stream failed';
                self::assertStringStartsWith($expected, $exception->getMessage());
            }
            $requests = array_map(
                static fn (array $request): string => $request['method'],
                $server->requests(),
            );
            self::assertSame(['POST', 'PUT', 'PUT', 'DELETE'], $requests, $how);
            self::assertFalse($s3->exists('a'));
        }
    }

    public function testASignalThatThrowsLeavesNothing(): void
    {
        if (!function_exists('pcntl_alarm')) {
            self::markTestSkipped('needs the pcntl extension');
        }
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => throw new RuntimeException('enough'));
        $pipe = popen('head -c 32000000 /dev/zero; sleep 20', 'r');
        stream_set_blocking($pipe, false);
        pcntl_alarm(1);
        $started = microtime(true);
        try {
            $s3->writeStream('a', $pipe);
            self::fail('the signal was not noticed');
        } catch (RuntimeException $exception) {
            self::assertSame('enough', $exception->getMessage());
        } finally {
            pcntl_signal(SIGALRM, SIG_DFL);
        }
        self::assertLessThan(15, microtime(true) - $started);
        $methods = array_column($server->requests(), 'method');
        self::assertSame('DELETE', end($methods));
        self::assertFalse($s3->exists('a'));
        exec('pkill -P ' . getmypid() . ' -f "sleep 20"');
    }

    public function testConditionsHoldForWhatTakesPartsToo(): void
    {
        $this->s3->write('there', 'x');
        foreach ([10, self::PART + 1] as $size) {
            $stream = fopen('php://temp', 'w+b');
            fwrite($stream, str_repeat('x', $size));
            rewind($stream);
            $write = fn () => $this->s3->writeStream('there', $stream, ifNoneMatch: '*');
            self::assertFails('PRECONDITION_FAILED', $write);
            self::assertSame('x', $this->s3->read('there'));
        }
    }

    public function testOnlyAnOpenStreamIsTaken(): void
    {
        $closed = fopen('php://memory', 'r');
        fclose($closed);
        foreach (['text', null, 5, [], stream_context_create(), $closed] as $value) {
            try {
                $this->s3->writeStream('a', $value);
                self::fail(gettype($value) . ' was taken');
            } catch (TypeError $error) {
                $expected = 'S3Storage::writeStream(): Argument #2 ($stream) must be an open stream (a resource), ';
                self::assertStringStartsWith($expected, $error->getMessage());
            }
        }
    }

    public function testWhatIsRefusedIsNotReadFrom(): void
    {
        $stream = CodeStream::open([static fn () => self::fail('it was read')]);
        self::assertRefusedLocally('INVALID_PATHNAME', fn () => $this->s3->writeStream('', $stream));
        $evil = ['contentType' => "text/plain\r\nX-Evil: 1"];
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->writeStream('a', $stream, ...$evil));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->writeStream('a', $stream, ifNoneMatch: 'x'));
    }

    public function testProgressIsToldAndMayEndTheWriting(): void
    {
        $source = static function (int $size) {
            $stream = fopen('php://temp', 'w+b');
            fwrite($stream, str_repeat('x', $size));
            rewind($stream);
            return $stream;
        };
        $told = [];
        $tell = static function (int $done, ?int $total) use (&$told): void {
            $told[] = [$done, $total];
        };
        $size = 3 * self::PART + 5;
        $this->s3->writeStream('a', $source($size), concurrency: 1, progress: $tell);
        self::assertSame([$size, null], end($told));
        self::assertSame($told, array_unique($told, SORT_REGULAR));

        $calls = 0;
        $end = static function () use (&$calls): bool {
            return ++$calls < 2;
        };
        $write = fn () => $this->s3->writeStream('b', $source(40 * self::PART), concurrency: 1, progress: $end);
        self::assertFails('CANCELLED', $write);
        self::assertFalse($this->s3->exists('b'));
    }

    public function testAPartSizeOfItsOwn(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $pipe = popen('head -c 20000000 /dev/zero', 'r');
        $s3->writeStream('a', $pipe, partSize: 10_000_000, concurrency: 1);
        pclose($pipe);
        $parts = array_filter($server->requests(), static fn (array $request) => $request['method'] === 'PUT');
        self::assertCount(2, $parts);
        $small = fn () => $this->s3->writeStream('a', STDIN, partSize: 1_000);
        self::assertRefusedLocally('INVALID_ARGUMENT', $small);
    }
}
