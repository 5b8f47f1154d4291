<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DomainException;
use Fiber;
use S3Storage;

/** Fibers: every call works in one, and one that goes away in the middle of a call leaves nothing running. */
final class FiberTest extends TreeTestCase
{
    private Server $server;

    protected function setUp(): void
    {
        parent::setUp();
        $this->server = Server::start();
        $this->s3 = new S3Storage($this->server->config());
        WaitingCalls::prepare($this->folder);
    }

    protected function tearDown(): void
    {
        $this->server->stop();
        parent::tearDown();
    }

    /** @return iterable<string, array{callable(string...): Server}> */
    public static function servers(): iterable
    {
        yield 'http' => [Server::start(...)];
        yield 'https' => [Server::startTls(...)];
    }

    /**
     * A quarter of PHP's default; half of this is enough.
     *
     * @dataProvider servers
     * @param callable(): Server $start
     */
    public function testEveryCallWorksOnASmallStack(callable $start): void
    {
        $server = $start();
        $config = $server->config();
        $config['servers']['another'] = ['region' => 'eu-west-1'] + $config['servers']['own'];
        $config['buckets']['other'] = ['server' => 'another', 'bucket' => Server::BUCKET];
        $config['default'] = 'files';
        $code = sprintf(
            <<<'PHP'
            require %s;
            use S3Storage\Tests\WaitingCalls;
            $s3 = new S3Storage(%s);
            foreach (WaitingCalls::all(%s) as $name => $call) {
                // A range needs ten bytes, and most calls need an object.
                $s3->write('a', str_repeat('x', 10_000));
                $fiber = new Fiber(static fn () => WaitingCalls::outcome($call, $s3));
                $name === 'sendFile' || $fiber->start();
            }
            echo 'all';
            PHP,
            var_export(dirname(__DIR__) . '/autoload.php', true),
            var_export($config, true),
            var_export($this->folder, true),
        );
        $result = Php::run($code, [], ['fiber.stack_size' => '512K']);
        self::assertSame(['all', '', 0], [$result->output, $result->errors, $result->exitCode]);
        $server->stop();
    }

    /** The end of a fiber is nobody's exception: it is not caught, and nobody else is told first. */
    public function testAFiberThatIsDestroyedWithinAListenerJustEnds(): void
    {
        $told = [];
        $this->s3->listen(static fn () => Fiber::suspend());
        $this->s3->listen(static function (S3Storage\OperationEvent $event) use (&$told): void {
            $told[] = $event->name;
        });
        $s3 = $this->s3;
        $reached = 'nothing';
        $fiber = new Fiber(static function () use ($s3, &$reached): void {
            try {
                $s3->writeMany(['a' => 'x', 'b' => 'y'], concurrency: 1);
            } catch (\Throwable $e) {
                $reached = 'catch: ' . $e->getMessage();
            } finally {
                $reached = $reached === 'nothing' ? 'finally' : $reached;
            }
            $reached = 'the end';
        });
        $fiber->start();
        unset($fiber);
        gc_collect_cycles();
        self::assertSame(['finally', []], [$reached, $told]);
    }

    /** After a fatal error the engine throws the stacks of suspended fibers away as they are, and the process goes on. */
    public function testAFatalErrorWhileACallIsSuspendedLeavesNothingToWaitFor(): void
    {
        $code = <<<'PHP'
            if ($_SERVER['REQUEST_URI'] === '/stats') {
                $s3->exists('a');
                exit(json_encode($s3->stats()['files']));
            }
            $suspend = static fn () => Fiber::suspend();
            $file = tempnam(sys_get_temp_dir(), 's3storage');
            file_put_contents($file, str_repeat('x', 24 << 20));
            $fiber = new Fiber(static fn () => $s3->uploadFile('b', $file, concurrency: 1, progress: $suspend));
            $fiber->start();
            unlink($file);
            echo json_encode($s3->stats()['files']);
            trigger_error('on purpose', E_USER_ERROR);
            PHP;
        $config = $this->server->config();
        $config['buckets']['files']['max_concurrent_operations'] = 1;
        $config['servers']['own']['operation_timeout'] = 5;
        $web = new WebServer($code, $config);
        self::assertSame(1, json_decode($web->request('/fatal')['body'], true)['running'] ?? null, 'it was suspended');
        $stats = json_decode($web->request('/stats')['body'], true);
        self::assertSame([0, 1], [$stats['running'] ?? null, $stats['done'] ?? null], 'the place is free again');
        $script = "\$s3 = new S3Storage(" . var_export($config, true) . ");\$_SERVER['REQUEST_URI'] = '/fatal';\n$code";
        $result = Php::run($script, [], ['s3storage.grace_period' => '20']);
        self::assertSame(255, $result->exitCode, $result->errors);
        self::assertLessThan(10.0, $result->seconds, 'nobody waits for it at the end');
    }

    /**
     * Calls that are suspended in their middle.
     *
     * @return iterable<string, array{callable(self): mixed}>
     */
    public static function suspended(): iterable
    {
        $suspend = static fn () => Fiber::suspend('within');
        yield 'the progress of an upload' => [
            static fn (self $test) => $test->s3->uploadFile('b', $test->large(), concurrency: 1, progress: $suspend),
        ];
        yield 'the progress of a write of a stream' => [
            static fn (self $test) => $test->s3->writeStream('b', fopen($test->large(), 'r'), progress: $suspend),
        ];
        yield 'the code of a stream that is written' => [
            static function (self $test) use ($suspend): mixed {
                $pieces = [...array_fill(0, 12, str_repeat('x', 1 << 20)), static fn () => $suspend() . 'end'];
                return $test->s3->writeStream('b', CodeStream::open($pieces));
            },
        ];
        yield 'the progress of a download' => [
            static fn (self $test) => $test->s3->downloadFile('a', "$test->folder/down", progress: $suspend),
        ];
        yield 'the progress of a stream' => [
            static fn (self $test) => stream_get_contents($test->s3->readStream('a', progress: $suspend)),
        ];
        yield 'the filter of a directory' => [
            static function (self $test) use ($suspend): mixed {
                $filter = static fn (): bool => $suspend() !== false;
                return $test->s3->uploadDirectory("$test->folder/tree", filter: $filter);
            },
        ];
        yield 'the names of reads' => [
            static function (self $test) use ($suspend): array {
                $names = static function () use ($suspend): iterable {
                    yield 'a';
                    $suspend();
                    yield 'a';
                };
                return iterator_to_array($test->s3->readMany($names()), false);
            },
        ];
        yield 'a loop over contents' => [
            static function (self $test) use ($suspend): void {
                foreach ($test->s3->readMany(['a', 'a', 'a'], maxBuffered: 1) as $content) {
                    $suspend();
                }
            },
        ];
        yield 'the names of a bulk delete' => [
            static function (self $test) use ($suspend): mixed {
                $names = static function () use ($suspend): iterable {
                    yield 'c';
                    $suspend();
                };
                return $test->s3->deleteMany($names());
            },
        ];
        yield 'a stream that was not read to its end' => [
            static function (self $test) use ($suspend): string {
                $stream = $test->s3->readStream('a');
                return fread($stream, 10) . $suspend() . stream_get_contents($stream);
            },
        ];
        yield 'a loop over a listing' => [
            static function (self $test) use ($suspend): void {
                foreach ($test->s3->list() as $object) {
                    $suspend();
                }
            },
        ];
    }

    /**
     * @dataProvider suspended
     * @param callable(self): mixed $call
     */
    public function testAFiberThatGoesAwayLeavesNothing(callable $call): void
    {
        $fiber = $this->begun($call);
        $this->assertOthersGoOn();
        unset($fiber);
        $this->assertNothingIsLeft();
    }

    /**
     * @dataProvider suspended
     * @param callable(self): mixed $call
     */
    public function testAnExceptionThrownIntoAFiberComesOutAndLeavesNothing(callable $call): void
    {
        $fiber = $this->begun($call);
        $thrown = new DomainException('into the fiber');
        try {
            $fiber->throw($thrown);
            self::fail('the exception was lost');
        } catch (DomainException $caught) {
            self::assertSame($thrown, $caught);
        }
        self::assertTrue($fiber->isTerminated());
        $this->assertNothingIsLeft();
    }

    /**
     * @dataProvider suspended
     * @param callable(self): mixed $call
     */
    public function testTwoFibersTakeTurns(callable $call): void
    {
        $fibers = [$this->begun($call), $this->begun($call)];
        for ($turns = 0; $turns < 1_000; $turns++) {
            $left = array_filter($fibers, static fn (Fiber $fiber) => !$fiber->isTerminated());
            if ($left === []) {
                break;
            }
            $this->assertOthersGoOn();
            foreach ($left as $fiber) {
                $fiber->resume('');
            }
        }
        self::assertLessThan(1_000, $turns);
        array_map(static fn (Fiber $fiber) => $fiber->getReturn(), $fibers);
        $this->assertNothingIsLeft();
    }

    /** The script ends while fibers stand in the middle of calls. */
    public function testTheEndOfTheScriptEndsSuspendedCalls(): void
    {
        $result = Php::run(sprintf(
            <<<'PHP'
            $s3 = new S3Storage(%s);
            $suspend = static fn () => Fiber::suspend();
            $file = %s;
            $fibers = [
                new Fiber(fn () => $s3->uploadFile('b', $file, concurrency: 1, progress: $suspend)),
                new Fiber(fn () => $s3->uploadFile('c', $file, concurrency: 1, progress: $suspend)),
            ];
            foreach ($fibers as $fiber) {
                $fiber->start();
            }
            echo 'the end';
            PHP,
            var_export($this->server->config(), true),
            var_export("$this->folder/file", true),
        ));
        self::assertSame(['the end', '', 0], [$result->output, $result->errors, $result->exitCode]);
        $this->assertNothingIsLeft();
    }

    private function large(): string
    {
        return "$this->folder/file";
    }

    /** @param callable(self): mixed $call */
    private function begun(callable $call): Fiber
    {
        $this->s3->exists('a') || $this->s3->write('a', self::bytes(12 << 20));
        $fiber = new Fiber(fn () => $call($this));
        $fiber->start();
        self::assertTrue($fiber->isSuspended(), 'the call is in its middle');
        return $fiber;
    }

    private function assertOthersGoOn(): void
    {
        $this->s3->write('other', 'content');
        self::assertSame('content', $this->s3->read('other'));
    }

    private function assertNothingIsLeft(): void
    {
        $stats = $this->s3->stats()['files'];
        self::assertSame([0, 0], [$stats['running'], $stats['waiting']]);
        self::assertSame([], iterator_to_array($this->s3->listUploads(), false));
        self::assertSame([], preg_grep('/s3storage-(tmp|part)/', $this->inFolder()));
        $this->assertOthersGoOn();
    }
}
