<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The examples that readers copy do run. */
final class DocumentedExampleTest extends StorageTestCase
{
    private const QUICKSTART = __DIR__ . '/../../examples/quickstart.php';

    public function testTheQuickstartRunsAndLeavesNothingBehind(): void
    {
        $before = self::pathnames($this->everything());
        $result = Php::file(self::QUICKSTART);
        self::assertSame('', $result->errors);
        self::assertStringEndsWith("Everything worked.\n", $result->output);
        self::assertSame(0, $result->exitCode);
        self::assertSame($before, self::pathnames($this->everything()));
    }

    public function testTheQuickstartTakesAFile(): void
    {
        $result = Php::file(self::QUICKSTART, [__FILE__]);
        self::assertSame(0, $result->exitCode, $result->output . $result->errors);
        self::assertStringContainsString(basename(__FILE__), $result->output);
    }

    public function testWithoutEnvironmentTheQuickstartSaysWhatIsMissing(): void
    {
        $result = Php::file(self::QUICKSTART, [], ['S3_SECRET_KEY' => null, 'S3_BUCKET' => null]);
        self::assertGreaterThan(0, $result->exitCode);
        $said = $result->output . $result->errors;
        self::assertStringContainsString('S3_SECRET_KEY, S3_BUCKET', $said);
        self::assertStringContainsString('make demo', $said);
    }

    public function testTheQuickstartFailsReadablyWithoutServer(): void
    {
        $result = Php::file(self::QUICKSTART, [], ['S3_ENDPOINT' => SilentServer::closedPort()]);
        self::assertGreaterThan(0, $result->exitCode);
        self::assertStringContainsString('CONNECTION_FAILED', $result->output . $result->errors);
        self::assertStringNotContainsString('Stack trace', $result->output . $result->errors);
    }

    public function testTheExampleOfTheRoadRunnerCallsRuns(): void
    {
        $result = Php::file(__DIR__ . '/../../examples/roadrunner.php');
        self::assertSame('', $result->errors);
        self::assertStringContainsString("read: Hello! (text/plain)\n", $result->output);
        self::assertStringEndsWith("the structured error: FILE_NOT_FOUND\nHello, world!\n", $result->output);
    }

    /** @return iterable<\S3Storage\ObjectInfo> */
    private function everything(): iterable
    {
        return $this->storage([], ['prefix' => ''])->list();
    }
}
