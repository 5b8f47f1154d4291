<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/** What does not fit into `memory_limit` is an exception, or else PHP's own fatal error; the process is never lost. */
final class MemoryLimitTest extends TestCase
{
    private const LARGE = 80 << 20;

    /** The engine's own end: after a fatal error. */
    private const FATAL = 255;

    private static ?HugeServer $server = null;

    public static function setUpBeforeClass(): void
    {
        self::$server = new HugeServer();
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = null;
    }

    public function testAContentOfKnownSizeIsAnExceptionBeforeItIsReceived(): void
    {
        $php = self::process('
            $name = "known-' . self::LARGE . '";
            $reads = [
                "read" => fn () => $s3->read($name),
                "readObject" => fn () => $s3->readObject($name),
                "readMany" => fn () => iterator_to_array($s3->readMany([$name]))[$name],
            ];
            foreach ($reads as $how => $read) {
                $before = memory_get_peak_usage();
                try {
                    $result = $read();
                } catch (S3Storage\Exception\S3Exception $e) {
                    $result = $e;
                }
                echo "$how: ", $result->getErrorCode(), str_contains("$result", "memory_limit") ? " memory_limit" : "";
                echo " ", memory_get_peak_usage() - $before < 500_000 ? "nothing taken" : "taken", "\n";
            }
            echo $above() < 20_000_000 ? "nothing received\n" : $above();
            echo strlen($s3->read("known-20000000")), "\n";');
        $refused = 'S3_OPERATION_FAILED memory_limit nothing taken';
        $expected = "read: $refused\nreadObject: $refused\nreadMany: $refused\nnothing received\n20000000\n";
        self::assertSame([0, $expected, ''], [$php->exitCode, $php->output, $php->errors]);
    }

    public function testAContentOfUnknownSizeIsAnExceptionAsSoonAsItIsTooLarge(): void
    {
        $php = self::process('
            $name = "chunked-' . self::LARGE . '";
            foreach ([fn () => $s3->read($name), fn () => iterator_to_array($s3->readMany([$name]))[$name]] as $read) {
                try {
                    $result = $read();
                } catch (S3Storage\Exception\S3Exception $e) {
                    $result = $e;
                }
                echo $result->getErrorCode(), str_contains("$result", "memory_limit") ? " memory_limit\n" : "";
            }
            echo strlen($s3->read("chunked-10000000")), "\n", $above();');
        $refused = "S3_OPERATION_FAILED memory_limit\n";
        self::assertSame([0, ''], [$php->exitCode, $php->errors], $php->output);
        self::assertStringStartsWith("$refused{$refused}10000000\n", $php->output);
        self::assertLessThan(120_000_000, (int) substr($php->output, (int) strrpos($php->output, "\n")));
    }

    /**
     * @dataProvider limits
     */
    public function testALengthThatIsALieIsAnException(string $limit): void
    {
        $php = self::process('
            foreach ([10_000_000_000_000, PHP_INT_MAX, 50_000_000_000] as $length) {
                try {
                    $s3->read("lie-$length");
                } catch (S3Storage\Exception\OperationFailedException $e) {
                    echo $e->getErrorCode(), "\n";
                }
                foreach ($s3->readMany(["lie-$length"]) as $result) {
                    echo $result->getErrorCode(), "\n";
                }
            }
            echo $above() < 30_000_000 ? "small\n" : $above();', $limit);
        self::assertSame([0, ''], [$php->exitCode, $php->errors], $php->output);
        self::assertMatchesRegularExpression('/^((S3_OPERATION|CONNECTION)_FAILED\n){6}small\n$/', $php->output);
    }

    /** @return array<string, array{string}> */
    public static function limits(): array
    {
        return ['a limit' => ['32M'], 'none' => ['-1']];
    }

    /** What PHP's own functions make of a stream is up to them. */
    public function testAStreamThatIsReadAsAWholeIsPhpsOwnFatalError(): void
    {
        foreach (['known', 'chunked'] as $kind) {
            $php = self::process('stream_get_contents($s3->readStream("' . $kind . '-' . self::LARGE . '"));');
            self::assertSame(self::FATAL, $php->exitCode, $php->output);
            self::assertStringContainsString('Allowed memory size of 33554432 bytes exhausted', $php->errors);
            self::assertSame("shutdown: 10\n", $php->output);
        }
    }

    /**
     * Memory that runs out anywhere within a call: results are being made, arguments converted, exceptions thrown.
     *
     * @dataProvider calls
     */
    public function testMemoryThatRunsOutWithinACallIsPhpsOwnFatalError(string $call): void
    {
        $ended = 0;
        for ($step = 0; $step < 25; $step++) {
            // The engine takes 2 MiB at a time; what is filled before decides where within a call the next is needed.
            $filled = $step * 83_000 + 1_000;
            $php = self::process('
                $filled = str_repeat("x", ' . $filled . ');
                $kept = [];
                for ($i = 0;; $i++) {
                    $kept[] = (' . $call . ')($s3, $i);
                }', '6M');
            $where = "filled $filled: $php->output$php->errors";
            self::assertSame(self::FATAL, $php->exitCode, $where);
            self::assertSame("shutdown: 10\n", $php->output, $where);
            $ended += str_contains($php->errors, 'Allowed memory size') ? 1 : 0;
            self::assertMatchesRegularExpression('/Allowed memory size|memory_limit/', $php->errors, $where);
        }
        self::assertGreaterThan(20, $ended);
    }

    /** @return iterable<string, array{string}> */
    public static function calls(): iterable
    {
        yield 'listings' => ['static fn ($s3) => $s3->listPage("1000/")'];
        yield 'an iterator of a listing' => ['static fn ($s3) => iterator_to_array($s3->list("3000/"))'];
        yield 'contents' => ['static fn ($s3) => $s3->read("known-5000")'];
        yield 'contents in chunks' => ['static fn ($s3) => $s3->readObject("chunked-5000")'];
        yield 'many contents' => ['static fn ($s3) => iterator_to_array($s3->readMany(["known-9000", "known-8000"]))'];
        yield 'streams' => ['static fn ($s3) => [$s = $s3->readStream("known-9000"), fread($s, 9000)]'];
        yield 'URLs' => ['static fn ($s3, $i) => [$s3->presignGet("a$i"), $s3->presignPost("a$i"), $s3->stats()]'];
        yield 'handles' => ['static fn ($s3) => [clone_of(), $s3->bucket("files"), $s3->list(), $s3->listBuckets()]'];
        yield 'exceptions' => ['static function ($s3, $i) {
            try {
                $i % 2 === 0 ? $s3->read("..", 5, options: ["versionId" => "$i"]) : new S3Storage(["servers" => [$i]]);
            } catch (S3Storage\Exception\S3Exception $e) {
                return $e;
            }
        }'];
        yield 'batches' => ['static fn ($s3) => $s3->deleteMany(array_fill(0, 300, ".."), throw: false)'];
    }

    private static function process(string $code, string $limit = '32M'): Php
    {
        $section = ['endpoint' => self::$server?->endpoint, 'credentials' => ['key' => 'k', 'secret' => 's'],
            'max_attempts' => 1];
        $bucket = ['server' => 'main', 'bucket' => 'bucket'];
        $config = ['servers' => ['main' => $section], 'buckets' => ['files' => $bucket]];
        $setUp = '
            function clone_of(): S3Storage { return new S3Storage(' . var_export($config, true) . '); }
            $s3 = clone_of();
            $s3->read("known-1");
            $resident = static function (string $what): int {
                preg_match("/^$what:\s+(\d+)/m", file_get_contents("/proc/self/status"), $match);
                return $match[1] * 1000;
            };
            $start = $resident("VmRSS");
            $above = static fn (): int => $resident("VmHWM") - $start;
            register_shutdown_function(static function () use ($s3): void {
                if (error_get_last() !== null) {
                    // Nothing is locked, and nothing of what the call had is lost.
                    unset($GLOBALS["filled"], $GLOBALS["kept"]);
                    ini_set("memory_limit", "64M");
                    echo "shutdown: ", strlen($s3->read("known-10")), "\n";
                }
            });';
        return Php::run($setUp . $code, [], ['memory_limit' => $limit]);
    }
}
