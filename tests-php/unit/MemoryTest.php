<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** A long-running process does not grow. */
final class MemoryTest extends StorageTestCase
{
    private const ALLOWED = 2 << 20;

    public function testResidentMemoryStaysFlatOverManyWritesAndReads(): void
    {
        $content = random_bytes(10_000);
        $this->assertFlat(Environment::isLong() ? 100_000 : 2_000, function (int $i) use ($content): void {
            $name = 'a' . $i % 10;
            $this->s3->write($name, $content, metadata: ['n' => "$i"]);
            if ($this->s3->read($name) !== $content) {
                self::fail('other content');
            }
        });
    }

    public function testResidentMemoryStaysFlatOverManyFailures(): void
    {
        $this->assertFlat(1_000, function (): void {
            self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('missing'));
            self::assertRefusedLocally('INVALID_PATHNAME', fn () => $this->s3->read('..'));
            self::assertRefusedLocally('INVALID_CONFIG', fn () => $this->storage(['regoin' => 'x']));
        });
    }

    public function testResidentMemoryStaysFlatOverManyHandlesAndIterators(): void
    {
        $this->s3->write('a', 'x');
        $this->s3->write('b', 'x');
        $this->assertFlat(1_000, function (int $i): void {
            $s3 = new S3Storage($this->config());
            $s3->registerBucket("b$i", 'main', Environment::bucket());
            foreach ($s3->list() as $object) {
                if ($i % 2 === 0) {
                    break;
                }
            }
            $s3->presignGet('a');
            $s3->bucket("b$i")->getPublicUrl('a');
        });
    }

    public function testManyServersAreForgottenAgain(): void
    {
        $this->assertFlat(500, function (int $i): void {
            $this->storage(['read_timeout' => 10 + $i / 1000])->presignGet('a');
        }, 250);
    }

    private function assertFlat(int $rounds, callable $round, int $warmUp = 300): void
    {
        for ($i = 0; $i < $warmUp; $i++) {
            $round($i);
        }
        gc_collect_cycles();
        $before = [Memory::resident(), memory_get_usage()];
        for ($i = $warmUp; $i < $warmUp + $rounds; $i++) {
            $round($i);
        }
        gc_collect_cycles();
        self::assertLessThan(self::ALLOWED, Memory::resident() - $before[0], 'resident');
        self::assertLessThan(100_000, memory_get_usage() - $before[1], 'of PHP');
    }
}
