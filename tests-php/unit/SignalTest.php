<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** Signals during a wait: handlers run soon, and may end it. Each test waits in a process of its own. */
final class SignalTest extends StorageTestCase
{
    /** The signal comes after this many microseconds, from a child that does nothing else. */
    private const AFTER = 150_000;

    private const HELPER = <<<'PHP'
        $listener = stream_socket_server('tcp://127.0.0.1:0');
        $silent = s3_open(['endpoint' => 'http://' . stream_socket_get_name($listener, false),
            'read_timeout' => 4.0, 'max_attempts' => 1]);
        $s3 = s3_open();
        pcntl_async_signals(true);

        function signal_me(int $signal): float
        {
            $me = getmypid();
            if (pcntl_fork() === 0) {
                usleep(AFTER);
                posix_kill($me, $signal);
                posix_kill(getmypid(), SIGKILL);
            }
            return microtime(true) + AFTER / 1e6;
        }

        PHP;

    protected function setUp(): void
    {
        parent::setUp();
        if (!function_exists('pcntl_fork') || !function_exists('posix_kill')) {
            self::markTestSkipped('needs pcntl and posix');
        }
    }

    public function testAHandlerRunsDuringAStalledReadAndTheReadGoesOn(): void
    {
        $this->assertRuns(<<<'PHP'
            $ran = null;
            pcntl_signal(SIGALRM, function () use (&$ran): void {
                $ran = microtime(true);
            });
            $start = microtime(true);
            $sent = signal_me(SIGALRM);
            try {
                $silent->read('a');
            } catch (S3Storage\Exception\TimeoutException $e) {
                echo microtime(true) - $start > 3.95 ? 'waited on' : 'ended early';
            }
            echo $ran !== null && $ran - $sent < 2.0 ? ', ran soon' : ', ran late: ' . ($ran - $sent);
            PHP, 'waited on, ran soon');
    }

    public function testAnExceptionOfAHandlerEndsTheWait(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_signal(SIGTERM, function (): void {
                throw new DomainException('stop');
            });
            $s3->write('a', 'x');
            for ($i = 0; $i < 3; $i++) {
                $sent = signal_me(SIGTERM);
                try {
                    $silent->read('a');
                    echo 'read';
                } catch (DomainException $e) {
                    echo $e->getMessage(), microtime(true) - $sent < 2.0 ? ' soon ' : ' late ';
                }
                echo $s3->read('a'), ' ';
            }
            s3_clean($s3);
            PHP, 'stop soon x stop soon x stop soon x ');
    }

    public function testAnExceptionOfAHandlerEndsAStalledWriteAndAStalledListing(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_signal(SIGALRM, function (): void {
                throw new DomainException('stop');
            });
            $calls = [fn () => $silent->write("a", str_repeat("x", 1 << 20)), fn () => $silent->listPage(),
                fn () => $silent->exists('a'), fn () => $silent->copy('a', 'b')];
            foreach ($calls as $call) {
                $sent = signal_me(SIGALRM);
                try {
                    $call();
                } catch (DomainException $e) {
                    echo microtime(true) - $sent < 2.0 ? 'soon ' : 'late ';
                }
            }
            PHP, 'soon soon soon soon ');
    }

    public function testAHandlerMayUseTheStorageItself(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3->write('a', 'x');
            pcntl_signal(SIGALRM, function () use ($s3): void {
                echo $s3->read('a'), ' ';
                $s3->write('b', 'y');
            });
            signal_me(SIGALRM);
            try {
                $silent->read('a');
            } catch (S3Storage\Exception\TimeoutException) {
                echo 'timeout ', $s3->read('b');
            }
            s3_clean($s3);
            PHP, 'x timeout y');
    }

    public function testAHandlerMayUseTheIteratorThatWaits(): void
    {
        $this->assertRuns(<<<'PHP'
            $objects = $silent->list();
            pcntl_signal(SIGALRM, function () use ($objects): void {
                try {
                    $objects->next();
                } catch (S3Storage\Exception\S3Exception $e) {
                    echo $e->getErrorCode(), ' ';
                }
            });
            signal_me(SIGALRM);
            try {
                $objects->current();
            } catch (S3Storage\Exception\TimeoutException) {
                echo 'timeout';
            }
            PHP, 'S3_OPERATION_FAILED timeout');
    }

    public function testExitInAHandlerEndsTheProcessInOrder(): void
    {
        $this->assertRuns(<<<'PHP'
            register_shutdown_function(function () use ($s3): void {
                $s3->write('a', 'at the end');
                echo $s3->read('a');
                s3_clean($s3);
            });
            pcntl_signal(SIGALRM, function (): never {
                exit(0);
            });
            signal_me(SIGALRM);
            $silent->read('a');
            echo 'not reached';
            PHP, 'at the end');
    }

    public function testAFatalErrorInAHandlerIsPhpsOwnAndNoCrash(): void
    {
        $result = $this->script(<<<'PHP'
            register_shutdown_function(function () use ($s3): void {
                echo $s3->exists('missing') ? '' : 'shut down';
            });
            pcntl_signal(SIGALRM, function (): void {
                ini_set('memory_limit', '16M');
                str_repeat('x', 64 << 20);
            });
            signal_me(SIGALRM);
            $silent->read('a');
            echo 'not reached';
            PHP);
        self::assertStringContainsString('Allowed memory size of', $result->errors);
        self::assertSame('shut down', $result->output);
        self::assertSame(255, $result->exitCode);
    }

    /** SIGINT is what Ctrl-C sends; nobody has to handle it. */
    public function testTheDefaultActionOfASignalEndsTheProcessDuringAWait(): void
    {
        foreach (['SIGINT' => SIGINT, 'SIGTERM' => SIGTERM] as $name => $signal) {
            foreach (['read("a")', 'write("a", str_repeat("x", 24 << 20))', 'listPage()'] as $call) {
                $result = $this->script("signal_me($name); \$silent->$call;");
                self::assertSame(128 + $signal, $result->exitCode);
                self::assertLessThan(3.5, $result->seconds);
            }
        }
    }

    /** The handler runs in the middle of an upload to a server that works, whose parts are gone afterwards. */
    public function testAnExceptionOfAHandlerAbortsAnUploadInParts(): void
    {
        $server = Server::start();
        $config = var_export($server->config(), true);
        foreach (['uploadFile("a", $file, ', 'writeStream("a", fopen($file, "r"), '] as $call) {
            $this->assertRuns(<<<PHP
                pcntl_signal(SIGINT, function (): void {
                    throw new DomainException('stop');
                });
                \$s3 = new S3Storage($config);
                \$file = tempnam(sys_get_temp_dir(), 's3storage-');
                ftruncate(fopen(\$file, 'r+'), 64 << 20);
                try {
                    // Sent when the first part has arrived.
                    \$s3->{$call}concurrency: 2, progress: static function (int \$done, ?int \$total): void {
                        posix_kill(getmypid(), SIGINT);
                    });
                    echo 'written';
                } catch (DomainException \$e) {
                    echo \$e->getMessage(), count([...\$s3->listUploads()]), json_encode(\$s3->exists('a'));
                } finally {
                    unlink(\$file);
                }
                PHP, 'stop0false');
            self::assertContains('DELETE', array_column($server->requests(), 'method'));
            $server->forgetRequests();
        }
        $server->stop();
    }

    private function assertRuns(string $code, string $expected): void
    {
        $result = $this->script($code);
        self::assertSame('', $result->errors);
        self::assertSame($expected, $result->output);
        self::assertSame(0, $result->exitCode);
    }

    private function script(string $code): Php
    {
        return Php::run('const AFTER = ' . self::AFTER . ";\n" . self::HELPER . $code);
    }
}
