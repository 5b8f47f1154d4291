<?php

declare(strict_types=1);

namespace S3Storage\Tests\Applications;

use S3Storage\Tests\ApplicationTestCase;
use S3Storage\Tests\Environment;
use S3Storage\Tests\SlowServer;

final class SymfonyApplicationTest extends ApplicationTestCase
{
    /** How long the slow server takes, in milliseconds: the signal comes well within. */
    private const SLOW = 2_000;

    protected function setUp(): void
    {
        parent::setUp();
        $copy = getenv('APP_VAR') . '/app';
        exec('cp -r ' . escapeshellarg($this->path('')) . ' ' . escapeshellarg($copy));
        putenv("APP_FOLDER=$copy");
    }

    public function testAWorkerKeepsItsConnectionFromMessageToMessage(): void
    {
        self::assertSame(0, $this->console('app:send', 'a', 'b', 'c')->exitCode);
        $worker = $this->console('messenger:consume', 'queue', '--limit=3');
        self::assertSame(0, $worker->exitCode, $worker->errors);
        preg_match_all('/^stored (\w) (\d+) 1 1$/m', $worker->output, $told);
        self::assertSame(['a', 'b', 'c'], $told[1], $worker->output);
        self::assertCount(1, array_unique($told[2]), 'one handle');
        self::assertSame(['a', 'b', 'c'], self::pathnames($this->s3->list()));
    }

    public function testAWorkerThatIsTerminatedWithinACallFinishesItsMessageAndNoOther(): void
    {
        $slow = new SlowServer(self::SLOW);
        putenv("SLOW_ENDPOINT=$slow->endpoint");
        self::assertSame(0, $this->console('app:send', 'slow', 'next')->exitCode);
        $command = [PHP_BINARY, '-d', 'extension=' . Environment::extension(), $this->path('bin/console'),
            'messenger:consume', 'queue'];
        $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes);
        try {
            $said = '';
            while (!str_contains($said, "reading\n") && !feof($pipes[1])) {
                $said .= fgets($pipes[1]);
            }
            $started = microtime(true);
            usleep(self::SLOW * 250);
            proc_terminate($process, SIGTERM);
            $said .= stream_get_contents($pipes[1]);
            self::assertLessThan(self::SLOW / 1000 + 20, microtime(true) - $started);
            self::assertStringContainsString("slow was read\n", $said . stream_get_contents($pipes[2]));
            self::assertStringNotContainsString('stored next', $said);
        } finally {
            while (($status = proc_get_status($process))['running']) {
                usleep(10_000);
            }
            proc_close($process);
            putenv('SLOW_ENDPOINT');
        }
        self::assertSame([false, 0], [$status['signaled'], $status['exitcode']]);
        $next = $this->console('messenger:consume', 'queue', '--limit=1');
        self::assertStringContainsString('stored next', $next->output);
    }

    public function testTheProfilerHasAPanel(): void
    {
        putenv('APP_ENV=dev');
        $this->start();
        $this->request('PUT', '/files/a.txt', 'contents');
        $token = $this->request('GET', '/files/a.txt')->headers['x-debug-token'];
        $panel = $this->request('GET', "/_profiler/$token?panel=s3storage");
        self::assertSame(200, $panel->status, $panel->body);
        self::assertStringContainsString('openResponse', $panel->body);
        self::assertStringNotContainsString(Environment::secretKey(), $panel->body);
    }

    protected function checked(): array
    {
        return ['uploads'];
    }

    protected static function framework(): string
    {
        return 'Symfony/Component/Messenger/autoload.php';
    }

    protected static function folder(): string
    {
        return 'symfony';
    }

    protected static function scripts(): array
    {
        return ['public/index.php', 'bin/console'];
    }
}
