<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\CancelledException;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidPathnameException;
use S3Storage\Exception\OperationFailedException;
use S3Storage\Exception\TimeoutException;
use S3Storage\Future;
use S3Storage\ObjectInfo;
use S3Storage\OperationEvent;

/** Operations that go on while the script does something else. */
final class FutureTest extends StorageTestCase
{
    public function testEveryTwinAnswersWhatItsSisterAnswers(): void
    {
        $written = $this->s3->writeAsync('a', 'content', contentType: 'text/x-a', metadata: ['k' => 'v']);
        self::assertInstanceOf(ObjectInfo::class, $written->await());
        self::assertSame('content', $this->s3->readAsync('a')->await());
        self::assertSame('nte', $this->s3->readAsync('a', offset: 2, length: 3)->await());
        self::assertTrue($this->s3->existsAsync('a')->await());
        self::assertFalse($this->s3->existsAsync('b')->await());
        self::assertEquals($this->s3->getMetadata('a'), $this->s3->getMetadataAsync('a')->await());
        self::assertInstanceOf(ObjectInfo::class, $this->s3->copyAsync('a', 'b')->await());
        self::assertSame('content', $this->s3->read('b'));
        self::assertNull($this->s3->deleteAsync('a')->await());
        self::assertFalse($this->s3->exists('a'));
    }

    public function testAResultMayBeAskedForAgain(): void
    {
        $this->s3->write('a', 'content');
        $future = $this->s3->readAsync('a');
        self::assertSame('content', $future->await());
        self::assertTrue($future->isComplete());
        self::assertSame('content', $future->await());
        $future->cancel();
        self::assertSame('content', $future->await());
    }

    public function testAFailureIsThrownWhereItIsAwaited(): void
    {
        $future = $this->s3->readAsync('none');
        for ($i = 0; $i < 2; $i++) {
            try {
                $future->await();
                self::fail('Nothing was thrown.');
            } catch (FileNotFoundException $exception) {
                self::assertStringStartsWith('read none: ', $exception->getMessage());
            }
        }
    }

    public function testBadArgumentsAreThrownAtOnce(): void
    {
        $this->expectException(InvalidPathnameException::class);
        $this->s3->readAsync('a/../b');
    }

    public function testManyGoOnTogetherWhileTheScriptComputes(): void
    {
        [$slow, $server] = $this->slow(1_000);
        $began = microtime(true);
        $futures = array_map(fn (int $i) => $slow->readAsync("$i"), range(1, 20));
        // The script computes.
        while (microtime(true) - $began < 2.5) {
            hash('xxh3', 'x');
        }
        self::assertSame(array_fill(0, 20, true), array_map(fn (Future $f) => $f->isComplete(), $futures));
        $at = microtime(true);
        self::assertSame(array_fill(0, 20, 'slow'), S3Storage::await($futures));
        self::assertLessThan(0.9, microtime(true) - $at);
        unset($server);
    }

    public function testKeysOfFuturesAreThoseOfTheirResults(): void
    {
        $this->s3->write('a', 'A');
        $this->s3->write('b', 'B');
        $futures = (function () {
            yield 'first' => $this->s3->readAsync('a');
            yield 7 => $this->s3->readAsync('b');
            yield "\xff" => $this->s3->existsAsync('b');
        })();
        self::assertSame(['first' => 'A', 7 => 'B', "\xff" => true], S3Storage::await($futures));
        self::assertSame([], S3Storage::await([]));
    }

    public function testOnlyFuturesAreAwaited(): void
    {
        $this->expectException(\TypeError::class);
        $this->expectExceptionMessage('($futures) must contain nothing but S3Storage\Future objects');
        S3Storage::await([$this->s3->existsAsync('a'), 7]);
    }

    public function testACancelledReadIsOver(): void
    {
        [$slow, $server] = $this->slow(5_000);
        $future = $slow->readAsync('a');
        $began = microtime(true);
        $future->cancel();
        try {
            $future->await();
            self::fail('Nothing was thrown.');
        } catch (CancelledException $exception) {
            self::assertSame('the future was cancelled', $exception->getMessage());
        }
        self::assertTrue($future->isComplete());
        self::assertLessThan(4, microtime(true) - $began);
        unset($server);
    }

    public function testAWriteWhoseFutureIsGoneIsFinished(): void
    {
        for ($i = 0; $i < 10; $i++) {
            $this->s3->writeAsync("gone/$i", str_repeat('x', 100_000));
        }
        $end = microtime(true) + 20;
        do {
            $names = self::pathnames($this->s3->list('gone/'));
        } while (count($names) < 10 && microtime(true) < $end);
        self::assertCount(10, $names);
    }

    public function testFuturesOfOneScriptEndWithIt(): void
    {
        $code = '$s3 = new S3Storage(json_decode(getenv("CONFIG"), true));'
            . ' $s3->writeAsync("at-the-end", str_repeat("x", 6 << 20), partSize: 5 << 20);'
            . ' $s3->readAsync("none"); $kept = $s3->readAsync("none"); echo "end";';
        $result = Php::run($code, ['CONFIG' => (string) json_encode($this->config())]);
        self::assertSame(['end', 0], [$result->output, $result->exitCode], $result->errors);
        self::assertSame(6 << 20, $this->s3->getMetadata('at-the-end')->size);
    }

    public function testAFailureThatNobodyAwaitedIsLogged(): void
    {
        $log = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        $code = '$s3 = S3Storage::fake(); $s3->write("a", "x");'
            . ' $s3->copyAsync("none", "b"); $s3->readAsync("none"); usleep(200000);'
            . ' $s3->copyAsync("a", "c")->await();';
        $result = Php::run($code, [], ['log_errors' => '1', 'error_log' => $log]);
        self::assertSame(0, $result->exitCode, $result->errors);
        $said = (string) file_get_contents($log);
        unlink($log);
        self::assertSame(1, substr_count($said, 'a future that nobody awaited failed: copy none to b: '), $said);
        self::assertStringNotContainsString('read none', $said);
    }

    public function testAFailureAfterTheEndOfTheScriptIsLoggedToo(): void
    {
        [, $server] = $slow = $this->slow(500);
        $log = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        $config = $this->config(['endpoint' => $server->endpoint, 'max_attempts' => 1]);
        // What the server answers is no answer to a copy.
        $code = '$s3 = new S3Storage(json_decode(getenv("CONFIG"), true)); $s3->copyAsync("a", "b"); echo "end";';
        $result = Php::run(
            $code,
            ['CONFIG' => (string) json_encode($config)],
            ['log_errors' => '1', 'error_log' => $log],
        );
        self::assertSame(['end', 0], [$result->output, $result->exitCode], $result->errors);
        $said = (string) file_get_contents($log);
        unlink($log);
        self::assertSame(1, substr_count($said, 'a future that nobody awaited failed: copy a to b: '), $said);
        unset($server, $slow);
    }

    public function testAStreamThatAScriptLetsBlockHoldsUpNobody(): void
    {
        $result = Php::run('$stream = S3Storage\Future::getStream(); stream_set_blocking($stream, true);'
            . ' pcntl_alarm(5); echo count(S3Storage\Future::getCompleted());'
            . ' $future = S3Storage::fake()->existsAsync("a"); fread($stream, 8);'
            . ' echo S3Storage\Future::getCompleted() === [$future] ? "seen" : "not seen";');
        self::assertSame('0seen', $result->output, $result->errors);
    }

    public function testAnEventLoopSeesWhatHasCompleted(): void
    {
        [$slow, $server] = $this->slow(100);
        $stream = Future::getStream();
        Future::getCompleted();
        $futures = array_map(fn (int $i) => $slow->readAsync("$i"), range(1, 5));
        $seen = [];
        $end = microtime(true) + 20;
        while (count($seen) < 5 && microtime(true) < $end) {
            $readable = [$stream];
            $none = null;
            if (stream_select($readable, $none, $none, 1) > 0) {
                array_push($seen, ...Future::getCompleted());
            }
        }
        self::assertEqualsCanonicalizing(
            array_map(spl_object_id(...), $futures),
            array_map(spl_object_id(...), $seen),
        );
        $readable = [$stream];
        self::assertSame(0, stream_select($readable, $none, $none, 0));
        self::assertSame([], Future::getCompleted());
        unset($server);
    }

    public function testWhatCompletedBeforeAnybodyWatchedIsSeen(): void
    {
        $result = Php::run('$s3 = S3Storage::fake(); $future = $s3->existsAsync("a"); usleep(100000);'
            . ' $stream = S3Storage\Future::getStream(); $r = [$stream]; $n = null; echo stream_select($r, $n, $n, 1);'
            . ' echo S3Storage\Future::getCompleted() === [$future] ? "seen" : "not seen";'
            . ' echo count(S3Storage\Future::getCompleted());');
        self::assertSame('1seen0', $result->output, $result->errors);
    }

    public function testListenersHearOfFuturesWithTheNextCall(): void
    {
        $names = [];
        $listener = function (OperationEvent $event) use (&$names): void {
            $names[] = "$event->name $event->pathname $event->errorCode";
        };
        $this->s3->listen($listener);
        $this->s3->writeAsync('a', 'x')->await();
        try {
            $this->s3->readAsync('none')->await();
        } catch (FileNotFoundException) {
        }
        $this->s3->unlisten($listener);
        self::assertSame(['write a ', 'read none FILE_NOT_FOUND'], $names);
    }

    public function testAScriptedFailureIsThatOfTheTwin(): void
    {
        $s3 = S3Storage::fake();
        $s3->failNext('read', 'TIMEOUT');
        $future = $s3->readAsync('a');
        self::assertTrue($future->isComplete());
        $this->expectException(TimeoutException::class);
        $future->await();
    }

    public function testAContentOverTheMemoryLimitIsAnException(): void
    {
        $code = '$s3 = S3Storage::fake(); $s3->writeStream("big", fopen("data:,x", "r"));'
            . ' $out = fopen("php://temp/maxmemory:1048576", "w+");'
            . ' for ($i = 0; $i < 64; $i++) fwrite($out, str_repeat("x", 1 << 20));'
            . ' rewind($out); $s3->writeStream("big", $out); fclose($out);'
            . ' s3_thrown(fn () => $s3->readAsync("big")->await());';
        $result = Php::run($code, [], ['memory_limit' => '32M']);
        self::assertStringContainsString('does not fit into memory_limit', $result->output . $result->errors);
    }

    public function testAHandlerMayAwaitWhatIsAwaited(): void
    {
        [$slow, $server] = $this->slow(1_500);
        $future = $slow->readAsync('a');
        pcntl_async_signals(true);
        $thrown = null;
        pcntl_signal(SIGALRM, function () use ($future, &$thrown): void {
            try {
                $future->await();
            } catch (OperationFailedException $exception) {
                $thrown = $exception->getMessage();
            }
        });
        try {
            pcntl_alarm(1);
            self::assertSame('slow', $future->await());
        } finally {
            pcntl_signal(SIGALRM, SIG_DFL);
            pcntl_async_signals(false);
            unset($server);
        }
        self::assertSame('the future is awaited already; it was entered again', $thrown);
    }

    public function testAChildLeavesTheFuturesOfItsParentAlone(): void
    {
        $this->s3->write('a', 'content');
        $future = $this->s3->readAsync('a');
        $child = pcntl_fork();
        if ($child === 0) {
            try {
                $future->await();
                $code = 1;
            } catch (OperationFailedException) {
                $code = $this->s3->readAsync('a')->await() === 'content' ? 0 : 2;
            }
            posix_kill((int) getmypid(), $code === 0 ? SIGTERM : SIGKILL);
            sleep(5);
        }
        pcntl_waitpid($child, $status);
        self::assertSame(SIGTERM, pcntl_wtermsig($status));
        self::assertSame('content', $future->await());
        self::assertSame('content', $this->s3->readAsync('a')->await());
    }

    public function testForksInTheMiddleOfManyFuturesLeaveNobodyHanging(): void
    {
        $result = Php::run('$s3 = S3Storage::fake(); $s3->write("a", str_repeat("x", 1000)); $children = [];'
            . ' for ($i = 0; $i < 40; $i++) { $futures = [];'
            . ' for ($j = 0; $j < 50; $j++) $futures[] = $s3->readAsync("a");'
            . ' if (($child = pcntl_fork()) === 0) { $own = S3Storage::fake(); $own->write("b", "y"); $s3->stats();'
            . ' exit($own->readAsync("b")->await() === "y" ? 0 : 1); }'
            . ' $children[] = $child; S3Storage::await($futures); }'
            . ' foreach ($children as $child) { pcntl_waitpid($child, $status); echo pcntl_wexitstatus($status); }');
        self::assertSame(str_repeat('0', 40), $result->output, $result->errors);
    }

    public function testAFutureIsMadeByAStorageOnly(): void
    {
        self::assertTrue((new \ReflectionClass(Future::class))->isFinal());
        $this->expectException(\Error::class);
        $this->expectExceptionMessage('private S3Storage\Future::__construct()');
        (fn () => new Future())->bindTo(null, null)();
    }

    /** @return array{S3Storage, SlowServer} */
    private function slow(int $milliseconds): array
    {
        $server = new SlowServer($milliseconds);
        return [$this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1]), $server];
    }
}
