<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** `max_execution_time`, which counts CPU time in builds without threads: it ends a call that burns some. */
final class TimeLimitTest extends FileTestCase
{
    /** One call that would compute for many seconds: a large file is digested and sent to a server that keeps nothing. */
    public function testItEndsOneLongCallAndTheUploadIsAborted(): void
    {
        $file = fopen("$this->folder/sparse", 'w') ?: self::fail('no file');
        ftruncate($file, 40 << 30);
        $begun = '<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>';
        $server = new FaultServer([FaultServer::answer(200, $begun), FaultServer::answer(200, '', 'ETag: "part"')]);
        $upload = sprintf('$s3->uploadFile("a", %s, partSize: 32 << 20);', var_export("$this->folder/sparse", true));
        $result = $this->script($server->endpoint, $upload);
        self::assertLessThan(20, $result->seconds);
        self::assertStringContainsString('Maximum execution time of 1 second exceeded', $result->errors);
        self::assertSame('shut down: still here', $result->output);
        self::assertSame(255, $result->exitCode);
        $requests = $server->requests();
        self::assertStringStartsWith('DELETE ', end($requests) ?: '');
    }

    private function script(string $endpoint, string $code): Php
    {
        $limited = $this->config(['endpoint' => $endpoint]);
        $words = ['%LIMITED%' => var_export($limited, true), '%GOOD%' => var_export($this->config(), true)];
        return Php::run(strtr(<<<'PHP'
            $s3 = new S3Storage(%LIMITED%);
            $good = new S3Storage(%GOOD%);
            $good->write('kept', 'still here');
            register_shutdown_function(static function () use ($good): void {
                echo 'shut down: ', $good->read('kept');
            });
            set_time_limit(1);

            PHP, $words) . $code);
    }
}
