<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/**
 * Forks in the middle of a call, and workers that are forked from a parent that has used the storage. The server sees
 * that no connection is used by two processes: each puts its id into a pathname.
 */
final class ForkWithinCallTest extends TreeTestCase
{
    private Server $server;

    protected function setUp(): void
    {
        parent::setUp();
        if (!function_exists('pcntl_fork') || !function_exists('posix_kill')) {
            self::markTestSkipped('needs pcntl and posix');
        }
        $this->server = Server::start();
        WaitingCalls::prepare($this->folder);
    }

    protected function tearDown(): void
    {
        $this->server->stop();
        parent::tearDown();
    }

    public function testAParentAndEightChildrenShareNoConnection(): void
    {
        $this->assertRuns(<<<'PHP'
            $work($s3);
            $children = [];
            for ($i = 0; $i < 8; $i++) {
                $children[] = forked(fn () => $work($s3, 20));
            }
            $work($s3, 20);
            array_map(ended(...), $children);
            $work($s3);
            echo 'done';
            PHP, 'done');
        $connections = $this->connectionsByProcess();
        self::assertCount(9, $connections);
        self::assertSame([1], array_values(array_unique(array_map(count(...), $connections))), 'one each');
    }

    public function testAPoolOfWorkersThatAreReplacedGoesOn(): void
    {
        $this->assertRuns(<<<'PHP'
            $work($s3);
            [$workers, $longest] = [[], 0.0];
            for ($i = 0; $i < 15; $i++) {
                if (count($workers) === 4) {
                    $longest = max($longest, ended(array_shift($workers), 2.0));
                }
                $workers[] = forked(fn () => $work($s3, 3));
                $work($s3);
            }
            foreach ($workers as $worker) {
                $longest = max($longest, ended($worker, 2.0));
            }
            echo $longest < 1.0 ? 'quick' : "slow: $longest s";
            PHP, 'quick');
        self::assertCount(16, $this->connectionsByProcess());
    }

    /**
     * Where a call is when it is forked: code with `$fork`, which forks once.
     *
     * @return iterable<string, array{string}>
     */
    public static function forks(): iterable
    {
        yield 'the progress of an upload' => ['$s3->uploadFile("b", $file, concurrency: 2, progress: $fork)'];
        // Large enough that it is not over before anybody looks at it.
        yield 'the progress of a download' => [<<<'PHP'
            (function () use ($s3, $folder, $fork): void {
                $s3->write('huge', str_repeat('x', 192 << 20));
                $s3->downloadFile('huge', "$folder/down", progress: $fork);
            })()
            PHP];
        yield 'a tick function within the progress of an upload' => [<<<'PHP'
            (function () use ($s3, $file, $fork): void {
                $ticks = static function () use ($fork): void {
                    $fork();
                };
                $progress = eval('declare(ticks=1); return static function () { $a = 1; $a++; };');
                register_tick_function($ticks);
                try {
                    $s3->uploadFile('b', $file, concurrency: 2, progress: $progress);
                } finally {
                    unregister_tick_function($ticks);
                }
            })()
            PHP];
        yield 'the code of a stream that is written' => [<<<'PHP'
            $s3->writeStream('b', CodeStream::open([...array_fill(0, 11, str_repeat('x', 1 << 20)),
                static fn () => $fork() ? 'x' : '', ...array_fill(0, 11, str_repeat('x', 1 << 20))]), concurrency: 1)
            PHP];
        yield 'the filter of a directory' => ['$s3->uploadDirectory("$folder/tree", "b", filter: $fork)'];
        yield 'the names of a bulk delete' => ['$s3->deleteMany($names($fork, "none"))'];
        yield 'the names of a bulk look' => ['$s3->existsMany($names($fork, "a"), concurrency: 1)'];
        yield 'the contents of a bulk write' => ['$s3->writeMany($names($fork, "a"), concurrency: 1)'];
        yield 'the names of a bulk copy' => ['$s3->copyMany($copies($fork), concurrency: 1)'];
        yield 'a signal handler' => [<<<'PHP'
            (function () use ($s3, $file, $fork): void {
                pcntl_async_signals(true);
                pcntl_signal(SIGUSR1, static fn () => $fork());
                $sent = false;
                $s3->uploadFile('b', $file, concurrency: 2, progress: static function () use (&$sent): void {
                    $sent || posix_kill(getmypid(), SIGUSR1);
                    $sent = true;
                });
            })()
            PHP];
    }

    /**
     * The call goes on in the parent. In the child it ends with an error of its kind, and the child goes on by itself.
     *
     * @dataProvider forks
     */
    public function testACallThatIsForkedIsTheParents(string $call): void
    {
        $this->assertRuns(strtr(<<<'PHP'
            $s3->write('a', str_repeat('x', 24 << 20));
            $s3->write('small', 'x');
            $work($s3);
            [$parent, $child] = [getmypid(), null];
            $fork = static function (mixed ...$told) use (&$child): bool {
                // A transfer that has come to its end is nobody's any more.
                $isOver = count($told) === 2 && $told[0] === $told[1];
                $child ??= $isOver ? null : pcntl_fork();
                return true;
            };
            $names = static function (callable $fork, string $name): iterable {
                for ($i = 0; $i < 100; $i++) {
                    $i === 20 && $fork();
                    yield "$name-$i" => "$name-$i-content";
                }
            };
            $copies = static function (callable $fork): iterable {
                for ($i = 0; $i < 100; $i++) {
                    $i === 20 && $fork();
                    yield 'small' => "copy-$i";
                }
            };
            try {
                $result = %CALL%;
            } catch (S3Storage\Exception\S3Exception $e) {
                getmypid() === $parent && throw $e;
                $failed = $e instanceof S3Storage\Exception\BatchFailedException ? $e->getResult()->failed : [];
                $said = $failed === [] ? $e : end($failed)->exception;
                $work($s3, 3);
                if (!str_contains($said->getMessage(), 'the process was forked during the operation')) {
                    fwrite(STDERR, 'child: ' . $said->getMessage());
                    exit(3);
                }
                exit(0);
            }
            if (getmypid() !== $parent) {
                fwrite(STDERR, 'child: the call went on');
                exit(4);
            }
            $child === null && exit('nothing was forked');
            ended($child, 5.0);
            $work($s3);
            echo 'done';
            PHP, ['%CALL%' => $call]), 'done');
        self::assertCount(2, $this->connectionsByProcess());
        $s3 = new \S3Storage($this->server->config());
        self::assertSame([], iterator_to_array($s3->listUploads(), false));
    }

    /** Whoever is told of an operation may fork: the operation is over, and the child hears of what it does itself. */
    public function testAListenerAndALoggerMayFork(): void
    {
        $this->assertRuns(<<<'PHP'
            $work($s3);
            [$parent, $heard, $child] = [getmypid(), [], null];
            $once = static function (string $wanted, string $name) use (&$child): void {
                if ($name === $wanted && $child === null) {
                    $child = pcntl_fork();
                }
            };
            $s3->listen(static fn ($event) => $once('write', $event->name));
            $s3->listen(static function ($event) use (&$heard): void {
                $heard[] = "$event->name $event->pathname";
            });
            $s3->setLogger(new class ($once) {
                public function __construct(private Closure $once)
                {
                }

                public function log(mixed $level, string $message, array $context): void
                {
                    ($this->once)('exists', $context['operation']);
                }
            });
            ini_set('s3storage.log_level', 'debug');
            foreach (['write', 'exists'] as $operation) {
                [$heard, $child] = [[], null];
                $operation === 'write' ? $s3->write('mine', 'x') : $s3->exists('mine');
                if (getmypid() !== $parent) {
                    // The second listener is told by the parent, unless that was before the fork.
                    $before = count($heard);
                    ($operation === 'write' ? 0 : 1) >= $before || exit(31);
                    $s3->delete('none-' . getmypid());
                    array_slice($heard, $before) === ['delete none-' . getmypid()] || exit(32);
                    $work($s3);
                    exit(0);
                }
                $child > 0 || exit(33);
                ended($child, 5.0);
                $heard === ["$operation mine"] || exit(34);
            }
            $s3->delete('mine');
            $work($s3);
            echo 'done';
            PHP, 'done');
        self::assertCount(3, $this->connectionsByProcess());
    }

    /** What rests between two steps goes on in both. */
    public function testWhatIsOpenWhenAProcessForksGoesOnInBoth(): void
    {
        $this->assertRuns(<<<'PHP'
            $content = random_bytes(24 << 20);
            $s3->write('a', $content);
            $work($s3);
            $stream = $s3->readStream('a');
            $begin = fread($stream, 1000);
            $answer = $s3->openResponse('a')->stream;
            $objects = $s3->list();
            $objects->current();
            // One content is there, others were opened and rest.
            $contents = $s3->readMany(['a', 'a', 'a', 'a'], maxBuffered: 1);
            $contents->current();
            $rest = static function () use ($s3, $content, $stream, $begin, $answer, $objects, $contents, $work): void {
                $begin . stream_get_contents($stream) === $content || exit(11);
                stream_get_contents($answer) === $content || exit(12);
                iterator_count($objects) > 0 || exit(13);
                $left = iterator_to_array($contents, false);
                $left === array_fill(0, 4, $content) || exit(14);
                $work($s3);
            };
            $child = forked($rest);
            $rest();
            ended($child);
            // A child that leaves all of it as it is.
            $stream = $s3->readStream('a');
            fread($stream, 1000);
            $contents = $s3->readMany(['a', 'a', 'a', 'a'], maxBuffered: 1);
            $contents->current();
            $longest = ended(forked(static fn () => null), 2.0);
            strlen(stream_get_contents($stream)) === strlen($content) - 1000 || exit(15);
            iterator_count($contents) === 4 || exit(16);
            echo $longest < 1.0 ? 'done' : "the child took $longest s to end";
            PHP, 'done');
        self::assertCount(2, $this->connectionsByProcess());
    }

    /** A fiber that stands in the middle of a call when the process forks. */
    public function testASuspendedCallIsTheParents(): void
    {
        $this->assertRuns(<<<'PHP'
            $work($s3);
            $begun = static function () use ($s3, $file): Fiber {
                $suspend = static fn () => Fiber::suspend();
                $fiber = new Fiber(fn () => $s3->uploadFile('b', $file, concurrency: 1, progress: $suspend));
                $fiber->start();
                return $fiber;
            };
            $fiber = $begun();
            $resuming = forked(function () use ($fiber, $work, $s3): void {
                try {
                    $fiber->resume();
                    exit(3);
                } catch (S3Storage\Exception\OperationFailedException $e) {
                    str_contains($e->getMessage(), 'the process was forked') || exit(4);
                }
                $work($s3);
            });
            $leaving = forked(static fn () => null);
            ended($resuming, 5.0);
            ended($leaving, 5.0);
            while (!$fiber->isTerminated()) {
                $fiber->resume();
            }
            echo $fiber->getReturn()->size === filesize($file) ? 'done' : 'the upload is not whole';
            PHP, 'done');
        self::assertCount(2, $this->connectionsByProcess());
    }

    /** @return array<string, list<string>> */
    private function connectionsByProcess(): array
    {
        $owners = $connections = [];
        foreach ($this->server->requests() as $request) {
            if (preg_match('~/pid-(\d+)/~', $request['target'], $match) === 1) {
                $owner = $owners[$request['connection']] ??= $match[1];
                self::assertSame($owner, $match[1], "connection {$request['connection']} is used by two processes");
                $connections[$owner][$request['connection']] = $request['connection'];
            }
        }
        return array_map(array_values(...), $connections);
    }

    private function assertRuns(string $code, string $expected): void
    {
        $words = [
            '%AUTOLOAD%' => var_export(dirname(__DIR__) . '/autoload.php', true),
            '%FORKS%' => var_export(dirname(__DIR__) . '/phpt/forks.inc', true),
            '%CONFIG%' => var_export($this->server->config(), true),
            '%FOLDER%' => var_export($this->folder, true),
        ];
        $begin = strtr(<<<'PHP'
            use S3Storage\Tests\CodeStream;
            require %AUTOLOAD%;
            require %FORKS%;
            $s3 = new S3Storage(%CONFIG%);
            [$folder, $file] = [%FOLDER%, %FOLDER% . '/file'];
            $work = static function (S3Storage $s3, int $rounds = 1): void {
                $mine = 'pid-' . getmypid();
                for ($i = 0; $i < $rounds; $i++) {
                    $s3->write("$mine/$i", "content $mine $i");
                    $s3->read("$mine/$i") === "content $mine $i" || exit(20);
                    $s3->exists("$mine/missing") && exit(21);
                    $s3->copy("$mine/$i", "$mine/copy");
                    iterator_count($s3->list("$mine/")) === $i + 2 || exit(22);
                    $s3->deleteMany(["$mine/copy"]);
                }
                $s3->deletePrefix("$mine/");
            };

            PHP, $words);
        $result = Php::run($begin . $code);
        self::assertSame([$expected, '', 0], [$result->output, $result->errors, $result->exitCode]);
    }
}
