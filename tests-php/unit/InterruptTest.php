<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use ReflectionClass;
use S3Storage;

/** Every wait has an end: a signal's handler runs at once during it and may end it, and `operation_timeout` bounds it. */
final class InterruptTest extends TreeTestCase
{
    /** How late a handler, and the end of an operation, may be: 100 ms. */
    private const LATE = 0.1;

    /** How much longer a call lasts that has begun an upload in parts, or may have: it aborts it, or tries to. */
    private const ABORTING = 2.0;

    /** The calls that do. */
    private const IN_PARTS = ['write in parts', 'uploadFile', 'uploadFile resumed', 'writeStream in parts'];

    /** A machine that is busy with others may be late now and then; what is late by nature is late every time. */
    private const TRIES = 12;

    protected function setUp(): void
    {
        parent::setUp();
        if (!function_exists('pcntl_fork') || !function_exists('posix_kill')) {
            self::markTestSkipped('needs pcntl and posix');
        }
        WaitingCalls::prepare($this->folder);
    }

    public function testEveryMethodThatWaitsIsTried(): void
    {
        $tried = array_map(static fn (string $name) => explode(' ', $name)[0], array_keys(WaitingCalls::all('')));
        $methods = array_map(
            static fn (\ReflectionMethod $method) => $method->getName(),
            (new ReflectionClass(S3Storage\Storage::class))->getMethods(),
        );
        self::assertSame([], array_values(array_diff($methods, $tried, WaitingCalls::LOCAL)));
    }

    public function testAHandlerRunsAndEndsEveryCallThatWaitsForAnAnswer(): void
    {
        $server = SilentServer::accepting();
        $this->assertAllAreEndedByAHandler(['endpoint' => $server->endpoint], array_keys(WaitingCalls::all('')));
    }

    public function testAHandlerRunsAndEndsCallsThatWaitForAConnection(): void
    {
        $server = SilentServer::full();
        $config = ['endpoint' => $server->endpoint, 'connect_timeout' => 20];
        $this->assertAllAreEndedByAHandler($config, ['read', 'write', 'list', 'uploadFile', 'copy', 'readMany']);
    }

    public function testAHandlerRunsAndEndsCallsThatWaitForAContent(): void
    {
        $half = "HTTP/1.1 200 OK\r\nContent-Length: 24000000\r\nETag: \"e\"\r\n\r\n" . str_repeat('x', 100_000);
        $server = new FaultServer([$half], true);
        $calls = ['read', 'readObject', 'readStream', 'readMany', 'downloadFile', 'openResponse'];
        $range = "HTTP/1.1 206 OK\r\nContent-Length: 5242880\r\nContent-Range: bytes 0-5242879/24000000\r\n"
            . "ETag: \"e\"\r\n\r\n" . str_repeat('x', 100_000);
        $this->assertAllAreEndedByAHandler(['endpoint' => $server->endpoint], array_diff($calls, ['downloadFile']));
        $server = new FaultServer([$range, ''], true);
        $this->assertAllAreEndedByAHandler(['endpoint' => $server->endpoint], ['downloadFile']);
    }

    public function testBothEndUploadsInPartsThatWaitForAPart(): void
    {
        $begun = '<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>';
        $calls = ['write in parts', 'uploadFile', 'writeStream in parts'];
        foreach ($calls as $call) {
            // On a busy machine the handler may come before there is an upload.
            for ([$try, $aborted] = [0, []]; $aborted === [] && $try < 5; $try++) {
                $answer = FaultServer::answer(200, $begun, 'Content-Type: application/xml');
                $server = new FaultServer([$answer, ''], true);
                $this->assertAllAreEndedByAHandler(['endpoint' => $server->endpoint], [$call]);
                $requests = $server->requests();
                $aborted = preg_grep('~^DELETE .*/a\?.*uploadId=u-1~', $requests);
            }
            self::assertNotSame([], $aborted, implode("\n", $requests));
            $server = new FaultServer([FaultServer::answer(200, $begun, 'Content-Type: application/xml'), ''], true);
            $this->assertAllEndInTime(['endpoint' => $server->endpoint], [$call]);
        }
    }

    public function testAnUploadThatFailedIsAbortedForAShortTimeOnly(): void
    {
        $begun = '<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>';
        $begun = FaultServer::answer(200, $begun, 'Content-Type: application/xml');
        $server = new FaultServer([$begun, FaultServer::error(403, 'AccessDenied'), ''], true);
        $s3 = $this->storage(['endpoint' => $server->endpoint]);
        $start = microtime(true);
        $write = fn () => $s3->uploadFile('a', "$this->folder/file", concurrency: 1);
        self::assertFails('PERMISSION_DENIED', $write);
        self::assertLessThan(self::ABORTING + 1, microtime(true) - $start);
        self::assertCount(3, $server->requests());
    }

    public function testAHandlerRunsAndEndsCallsThatPauseBeforeARetry(): void
    {
        $busy = FaultServer::answer(503, '<Error><Code>SlowDown</Code></Error>', 'Retry-After: 15');
        $server = new FaultServer([$busy]);
        $calls = ['read', 'write', 'list', 'delete', 'writeStream', 'readMany', 'uploadDirectory'];
        $this->assertAllAreEndedByAHandler(['endpoint' => $server->endpoint], $calls);
    }

    public function testAHandlerRunsAndEndsCallsThatWaitForCredentials(): void
    {
        $server = SilentServer::accepting();
        $config = ['endpoint' => $server->endpoint, 'credentials' => null];
        $environment = ['AWS_CONTAINER_CREDENTIALS_FULL_URI' => "$server->endpoint/credentials"];
        $this->assertAllAreEndedByAHandler($config, ['read', 'write', 'list'], $environment);
    }

    public function testOperationTimeoutEndsEveryCallThatWaitsForAnAnswer(): void
    {
        $server = SilentServer::accepting();
        $calls = WaitingCalls::all($this->folder);
        $this->assertAllEndInTime(['endpoint' => $server->endpoint], array_keys($calls));
    }

    public function testOperationTimeoutEndsCallsThatWaitForAConnection(): void
    {
        $server = SilentServer::full();
        $config = ['endpoint' => $server->endpoint, 'connect_timeout' => 20];
        $this->assertAllEndInTime($config, ['read', 'write', 'list', 'uploadFile', 'copy', 'readMany']);
    }

    public function testOperationTimeoutEndsCallsThatWaitForAContent(): void
    {
        $half = "HTTP/1.1 200 OK\r\nContent-Length: 24000000\r\nETag: \"e\"\r\n\r\n" . str_repeat('x', 100_000);
        $server = new FaultServer([$half], true);
        $calls = ['read', 'readObject', 'readStream', 'readMany', 'openResponse'];
        $this->assertAllEndInTime(['endpoint' => $server->endpoint], $calls);
    }

    public function testOperationTimeoutEndsCallsThatWaitForCredentials(): void
    {
        $server = SilentServer::accepting();
        $config = ['endpoint' => $server->endpoint, 'credentials' => null];
        $environment = ['AWS_CONTAINER_CREDENTIALS_FULL_URI' => "$server->endpoint/credentials"];
        $this->assertAllEndInTime($config, ['read', 'write', 'list'], $environment);
    }

    /**
     * The handler of a signal at 100 ms has run by 200 ms, and its exception has ended the call.
     *
     * @param array<string, mixed> $server
     * @param iterable<string> $names
     * @param array<string, string> $environment
     */
    private function assertAllAreEndedByAHandler(array $server, iterable $names, array $environment = []): void
    {
        $this->assertAll($server, $names, 'handler', $environment, <<<'PHP'
            pcntl_async_signals(true);
            [$here, $there] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
            $late = null;
            pcntl_signal(SIGALRM, function () use ($here, &$late): void {
                $late = microtime(true) - (float) fgets($here);
                throw new DomainException('handler');
            });
            pcntl_signal(SIGCHLD, SIG_IGN);
            $try = function (callable $call) use ($there, $s3, &$late): array {
                $late = null;
                $me = getmypid();
                if (pcntl_fork() === 0) {
                    usleep(100_000);
                    fwrite($there, microtime(true) . "\n");
                    posix_kill($me, SIGALRM);
                    posix_kill(getmypid(), SIGKILL);
                }
                $begin = microtime(true);
                $outcome = WaitingCalls::outcome($call, $s3);
                return [$outcome, $late ?? INF, microtime(true) - $begin - 0.1];
            };
            PHP);
    }

    /**
     * @param array<string, mixed> $server
     * @param iterable<string> $names
     * @param array<string, string> $environment
     */
    private function assertAllEndInTime(array $server, iterable $names, array $environment = []): void
    {
        $this->assertAll($server + ['operation_timeout' => 0.2], $names, 'TIMEOUT', $environment, <<<'PHP'
            $try = function (callable $call) use ($s3): array {
                $begin = microtime(true);
                $outcome = WaitingCalls::outcome($call, $s3);
                $late = microtime(true) - $begin - 0.2;
                return [$outcome === 'false' ? 'TIMEOUT' : $outcome, max($late, -$late), $late];
            };
            PHP);
    }

    /**
     * Each call comes to the outcome, in time; each has some tries to be in time.
     *
     * @param array<string, mixed> $server
     * @param iterable<string> $names
     * @param array<string, string> $environment
     */
    private function assertAll(
        array $server,
        iterable $names,
        string $outcome,
        array $environment,
        string $try,
    ): void {
        $config = $this->config($server + ['read_timeout' => 20]);
        $config['servers']['another'] = ['region' => 'eu-west-1'] + $config['servers']['main'];
        $config['buckets']['other'] = ['server' => 'another', 'bucket' => 'other-bucket'];
        $config['default'] = 'files';
        $words = [
            '%AUTOLOAD%' => var_export(dirname(__DIR__) . '/autoload.php', true),
            '%CONFIG%' => var_export($config, true),
            '%NAMES%' => var_export([...$names], true),
            '%FOLDER%' => var_export($this->folder, true),
            '%LONGER%' => var_export(array_fill_keys(self::IN_PARTS, self::ABORTING), true),
            '%TRIES%' => (string) self::TRIES,
            '%LATE%' => (string) self::LATE,
            '%EXPECTED%' => var_export($outcome, true),
        ];
        $code = strtr(<<<'PHP'
            require %AUTOLOAD%;
            use S3Storage\Tests\WaitingCalls;
            $s3 = new S3Storage(%CONFIG%);
            %TRY%
            $calls = WaitingCalls::all(%FOLDER%);
            foreach (%NAMES% as $name) {
                for ($i = 0; $i < %TRIES%; $i++) {
                    [$outcome, $late, $over] = $try($calls[$name]);
                    $isRight = $outcome === %EXPECTED% && $late < %LATE% && $over < %LATE% + (%LONGER%[$name] ?? 0);
                    if ($isRight || $outcome !== %EXPECTED%) {
                        break;
                    }
                }
                if (!$isRight) {
                    printf("%s: %s, %.0f ms late, over %.0f ms later\n", $name, $outcome, $late * 1e3, $over * 1e3);
                }
            }
            PHP, ['%TRY%' => $try] + $words);
        $result = Php::run($code, $environment);
        self::assertSame(['', ''], [$result->output, $result->errors]);
        self::assertSame(0, $result->exitCode);
    }
}
