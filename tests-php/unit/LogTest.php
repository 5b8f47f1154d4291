<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** What a PSR-3 logger is told, and from which level on. */
final class LogTest extends StorageTestCase
{
    /** @return object{lines: list<array{string, string, array<string, mixed>}>} */
    private static function logger(): object
    {
        return new class {
            /** @var list<array{string, string, array<string, mixed>}> */
            public array $lines = [];

            /** @param array<string, mixed> $context */
            public function log(mixed $level, string|\Stringable $message, array $context = []): void
            {
                $this->lines[] = [$level, (string) $message, $context];
            }
        };
    }

    protected function tearDown(): void
    {
        ini_restore('s3storage.log_level');
        parent::tearDown();
    }

    public function testFailuresAndRepetitionsAreLogged(): void
    {
        $faults = new FaultServer([FaultServer::error(503, 'SlowDown')]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint, 'max_attempts' => 2]);
        $logger = self::logger();
        $s3->setLogger($logger);
        self::assertFails('THROTTLED', static fn () => $s3->write('a', 'content'));
        self::assertSame(['warning', 'error'], array_column($logger->lines, 0));
        self::assertStringStartsWith('write a in files: a request was sent again after: ', $logger->lines[0][1]);
        self::assertStringContainsString('SlowDown', $logger->lines[0][1]);
        self::assertStringStartsWith('write a: ', $logger->lines[1][1]);
        $context = $logger->lines[1][2];
        self::assertIsFloat($context['duration']);
        unset($context['duration']);
        self::assertSame([
            'operation' => 'write',
            'bucket' => 'files',
            'pathname' => 'a',
            'bytes_in' => 0,
            'bytes_out' => 0,
            'requests' => 1,
            'attempts' => 2,
            'outcome' => 'failed',
            'error_code' => 'THROTTLED',
            'request_id' => 'FAULT-1',
        ], $context);
        self::assertStringNotContainsString(Environment::secretKey(), serialize($logger->lines));
    }

    public function testTheLevelIsASetting(): void
    {
        $logger = self::logger();
        $this->s3->setLogger($logger);
        $this->s3->write('a', 'x');
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('none'));
        self::assertSame([], $logger->lines);
        ini_set('s3storage.log_level', 'info');
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('none'));
        self::assertSame(['info'], array_column($logger->lines, 0));
        ini_set('s3storage.log_level', 'debug');
        $this->s3->read('a');
        self::assertSame('debug', $logger->lines[1][0]);
        $done = '/^read a in files: done \(\d+\.\d{3} s, 1 request\)$/';
        self::assertMatchesRegularExpression($done, $logger->lines[1][1]);
        $this->s3->setLogger(null);
        $this->s3->read('a');
        self::assertCount(2, $logger->lines);
    }

    public function testALoggerMustBeOne(): void
    {
        $expected = 'S3Storage::setLogger(): Argument #1 ($logger) must be a PSR-3 logger or another object '
            . 'with a public method log(), ';
        $wrong = ['ArrayObject has none' => new \ArrayObject(), 'string given' => 'log', 'array given' => []];
        foreach ($wrong as $why => $value) {
            try {
                $this->s3->setLogger($value);
                self::fail($why);
            } catch (\TypeError $error) {
                self::assertSame($expected . $why, $error->getMessage());
            }
        }
    }
}
