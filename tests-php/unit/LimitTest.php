<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** `max_concurrent_operations`: a place is held while a call runs, and by nothing that is idle. */
final class LimitTest extends StorageTestCase
{
    public function testEveryOperationWorksAtALimitOfOne(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1, 'prefix' => $this->prefix . 'one']);
        $one->write('a', 'content');
        self::assertSame('content', $one->read('a'));
        self::assertSame('tent', $one->readObject('a', 3)->content);
        self::assertSame(7, $one->copy('a', 'b')->size ?? $one->getMetadata('b')->size);
        $one->move('b', 'c');
        self::assertSame(['a', 'c'], self::pathnames($one->list()));
        self::assertSame(['a', 'c'], $one->deleteMany(self::walk($one))->succeeded);
        $one->write('d', '');
        self::assertSame(1, $one->deletePrefix('d'));
        self::assertTrue($one->isHealthy());
    }

    /**
     * A listing stands still while its entries are used.
     *
     * @return iterable<string>
     */
    private static function walk(\S3Storage $s3): iterable
    {
        foreach ($s3->list() as $object) {
            self::assertSame('content', $s3->read($object->pathname));
            yield $object->pathname;
        }
    }

    public function testAReadThatFailsGivesItsPlaceBack(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        for ($i = 0; $i < 3; $i++) {
            self::assertFails('FILE_NOT_FOUND', static fn () => $one->read('missing'));
        }
        $cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf";
        $faults = new FaultServer([$cut]);
        $broken = $this->storage(
            ['endpoint' => $faults->endpoint, 'max_attempts' => 1],
            ['max_concurrent_operations' => 1],
        );
        for ($i = 0; $i < 3; $i++) {
            self::assertFails('CONNECTION_FAILED', static fn () => $broken->read('a'));
        }
    }

    public function testABucketIsRegisteredWithItsLimit(): void
    {
        $this->s3->registerBucket('narrow', 'main', Environment::bucket(), $this->prefix, maxConcurrentOperations: 1);
        $this->s3->bucket('narrow')->write('a', 'x');
        self::assertSame('x', $this->s3->read('a'));
        foreach ([0, -1, 10_001] as $limit) {
            $register = fn () => $this->s3->registerBucket('b', 'main', 'bucket', maxConcurrentOperations: $limit);
            $exception = self::assertRefusedLocally('INVALID_CONFIG', $register);
            $expected = "buckets.b.max_concurrent_operations: must be a whole number from 1 to 10000, not $limit";
            self::assertStringContainsString($expected, $exception->getMessage());
        }
    }

    public function testStatsCountWhatOperationsDid(): void
    {
        $this->s3->write('a', 'content');
        $this->s3->read('a');
        $this->s3->exists('missing');
        $nothing = ['running' => 0, 'waiting' => 0];
        $expected = $nothing + ['done' => 3, 'failed' => 0, 'bytes_in' => 7, 'bytes_out' => 7, 'retries' => 0];
        $expected += ['abandoned' => 0];
        self::assertEquals($expected, array_intersect_key($this->s3->stats()['files'], $expected));
        self::assertSame(3, $this->storage()->stats()['files']['done']);

        $faults = new FaultServer([FaultServer::error(503, 'SlowDown')]);
        $broken = $this->storage(['endpoint' => $faults->endpoint, 'max_attempts' => 2]);
        self::assertFails('THROTTLED', static fn () => $broken->write('a', 'content'));
        $expected = $nothing + ['done' => 0, 'failed' => 1, 'bytes_in' => 0, 'bytes_out' => 0, 'retries' => 1];
        self::assertEquals($expected, array_intersect_key($broken->stats()['files'], $expected));
    }
}
