<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** Forks: parent and child go on by themselves, and a child ends at once. Each test forks in a process of its own. */
final class ForkTest extends StorageTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        if (!function_exists('pcntl_fork') || !function_exists('posix_kill')) {
            self::markTestSkipped('needs pcntl and posix');
        }
    }

    public function testBothGoOnWorkingAfterAFork(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            $s3->write('before', 'x');
            $pid = forked(function () use ($s3): void {
                $s3->write('child', $s3->read('before') . ' of child');
                if ($s3->read('child') !== 'x of child') {
                    exit(2);
                }
            });
            $s3->write('parent', 'of parent');
            ended($pid);
            for ($i = 0; $i < 5; $i++) {
                $s3->write("parent-$i", "$i");
            }
            echo $s3->read('child'), ' ', $s3->read('parent'), ' ', $s3->read('parent-4');
            s3_clean($s3);
            PHP, 'x of child of parent 4');
    }

    public function testAChildThatUsedTheStorageEndsAtOnce(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            $s3->write('a', 'x');
            $start = microtime(true);
            $pid = forked(fn () => $s3->read('a') === 'x' || exit(2));
            ended($pid);
            echo microtime(true) - $start < 10.0 ? 'quick' : 'slow';
            s3_clean($s3);
            PHP, 'quick');
    }

    public function testAChildThatDoesNotUseTheStorageEndsAtOnceAndLeavesTheConnectionsAlone(): void
    {
        $server = Server::start();
        $config = var_export($server->config(), true);
        $this->assertRuns(<<<PHP
            \$s3 = new S3Storage($config);
            \$s3->write('a', 'x');
            for (\$i = 0; \$i < 3; \$i++) {
                \$start = microtime(true);
                ended(forked(static function (): void {
                }));
                echo microtime(true) - \$start < 10.0 ? 'quick ' : 'slow ';
                \$s3->read('a');
            }
            PHP, 'quick quick quick ');
        $connections = array_unique(array_column($server->requests(), 'connection'));
        self::assertCount(1, $connections, 'the parent keeps its connection');
        $server->stop();
    }

    public function testFourChildrenWorkAtOnce(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            $s3->write('common', str_repeat('x', 100_000));
            $children = [];
            foreach (range(1, 4) as $n) {
                $children[] = forked(function () use ($s3, $n): void {
                    for ($i = 0; $i < 25; $i++) {
                        $s3->write("child-$n-$i", "content $n $i");
                        if ($s3->read("child-$n-$i") !== "content $n $i" || strlen($s3->read('common')) !== 100_000) {
                            exit(2);
                        }
                    }
                });
            }
            for ($i = 0; $i < 25; $i++) {
                $s3->write("parent-$i", "content $i");
            }
            array_map(ended(...), $children);
            echo iterator_count($s3->list('child-')), ' ', iterator_count($s3->list('parent-'));
            s3_clean($s3);
            PHP, '100 25');
    }

    public function testAForkBeforeTheFirstUseIsHarmless(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            $pid = forked(fn () => $s3->write('child', 'x'));
            $s3->write('parent', 'x');
            ended($pid);
            echo implode(' ', array_map(fn ($o) => $o->pathname, iterator_to_array($s3->list())));
            s3_clean($s3);
            PHP, 'child parent');
    }

    public function testAChildOfAChildWorksToo(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            $s3->write('a', 'x');
            ended(forked(function () use ($s3): void {
                $s3->write('b', $s3->read('a'));
                ended(forked(fn () => $s3->write('c', $s3->read('b'))));
                $s3->write('d', $s3->read('c'));
            }));
            echo $s3->read('d'), iterator_count($s3->list());
            s3_clean($s3);
            PHP, 'x4');
    }

    public function testAnIteratorThatWasBegunBeforeAForkGoesOnInBoth(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_open();
            foreach (['a', 'b', 'c'] as $name) {
                $s3->write($name, 'x');
            }
            $objects = $s3->list();
            $objects->next();
            $rest = static function () use ($objects): string {
                for ($names = ''; $objects->valid(); $objects->next()) {
                    $names .= $objects->current()->pathname;
                }
                $objects->rewind();
                return $names . $objects->current()->pathname;
            };
            ended(forked(fn () => $rest() === 'bca' || exit(2)));
            echo $rest();
            s3_clean($s3);
            PHP, 'bca');
    }

    public function testAForkInASignalHandlerDuringAWaitIsSurvivedByBoth(): void
    {
        $this->assertRuns(<<<'PHP'
            $listener = stream_socket_server('tcp://127.0.0.1:0');
            $endpoint = 'http://' . stream_socket_get_name($listener, false);
            $silent = s3_open(['endpoint' => $endpoint, 'read_timeout' => 2.0, 'max_attempts' => 1]);
            $s3 = s3_open();
            $s3->write('a', 'x');
            $parent = getmypid();
            $child = 0;
            pcntl_async_signals(true);
            pcntl_signal(SIGUSR1, function () use (&$child): void {
                $child = pcntl_fork();
            });
            $killer = forked(function () use ($parent): void {
                usleep(150_000);
                posix_kill($parent, SIGUSR1);
            });
            try {
                $silent->read('a');
            } catch (S3Storage\Exception\S3Exception $e) {
                if ($child === 0) {
                    exit($e->getErrorCode() === 'S3_OPERATION_FAILED' && $s3->read('a') === 'x' ? 0 : 3);
                }
                echo $e->getErrorCode();
            }
            ended($child);
            ended($killer);
            echo ' ', $s3->read('a');
            s3_clean($s3);
            PHP, 'TIMEOUT x');
    }

    private function assertRuns(string $code, string $expected): void
    {
        $result = Php::run('require ' . var_export(dirname(__DIR__) . '/phpt/forks.inc', true) . ";\n$code");
        self::assertSame('', $result->errors);
        self::assertSame($expected, $result->output);
        self::assertSame(0, $result->exitCode);
    }
}
