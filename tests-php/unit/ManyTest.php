<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Generator;
use RuntimeException;
use S3Storage;
use S3Storage\Exception\BatchFailedException;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidPathnameException;
use S3Storage\Exception\S3Exception;
use S3Storage\ObjectInfo;
use TypeError;

/** Many objects in one call: all of them, none twice, and nothing under way while PHP code runs. */
final class ManyTest extends StorageTestCase
{
    /** @return array<string, string> contents by pathname */
    private static function contents(int $number, int $size = 100): array
    {
        $contents = [];
        for ($i = 0; $i < $number; $i++) {
            $contents["k/$i"] = str_repeat("$i ", intdiv($size, strlen("$i ")) + 1);
        }
        return $contents;
    }

    public function testWhatIsWrittenManyTimesIsRead(): void
    {
        $contents = self::contents(500);
        $written = $this->s3->writeMany($contents, contentType: 'text/x', metadata: ['k' => 'v']);
        self::assertSame([], $written->failed);
        self::assertSame(array_keys($contents), array_column($written->succeeded, 'pathname'));
        self::assertSame(['text/x', ['k' => 'v']], [
            $written->succeeded[7]->mimeType, $this->s3->getMetadata('k/7')->metadata,
        ]);
        $read = iterator_to_array($this->s3->readMany(array_keys($contents)));
        ksort($read);
        ksort($contents);
        self::assertSame($contents, $read);
    }

    public function testFailuresStandInTheirPlaceAndEndNothing(): void
    {
        $this->s3->writeMany(['a' => 'A', 'b' => 'B', '7' => 'seven']);
        $pathnames = ['a', 'missing', '../x', 'b', 7, 'a'];
        $read = [];
        foreach ($this->s3->readMany($pathnames) as $pathname => $content) {
            self::assertIsString($pathname);
            $read[] = [$pathname, $content instanceof S3Exception ? $content::class : $content];
        }
        sort($read);
        self::assertSame([
            ['../x', InvalidPathnameException::class], ['7', 'seven'], ['a', 'A'], ['a', 'A'], ['b', 'B'],
            ['missing', FileNotFoundException::class],
        ], $read);

        $result = $this->s3->getMetadataMany(['a', 'missing', '../x'], throw: false);
        self::assertContainsOnlyInstancesOf(ObjectInfo::class, $result->succeeded);
        self::assertSame(['a'], array_column($result->succeeded, 'pathname'));
        self::assertEqualsCanonicalizing(['../x', 'missing'], array_column($result->failed, 'pathname'));
        $exception = self::assertFails('BATCH_FAILED', fn () => $this->s3->getMetadataMany(['a', 'missing']));
        self::assertInstanceOf(BatchFailedException::class, $exception);
        self::assertSame('a', $exception->getResult()->succeeded[0]->pathname);

        self::assertSame(['a', 'b'], $this->s3->existsMany(['a', 'missing', 'b'])->succeeded);
        self::assertSame([], $this->s3->existsMany([])->succeeded);
        self::assertFails('BATCH_FAILED', fn () => $this->s3->existsMany(['..']));
    }

    public function testCopies(): void
    {
        $this->s3->writeMany(['a' => 'A', 'b' => 'B']);
        $copies = $this->s3->copyMany(['a' => 'c/a', 'b' => 'c/b']);
        self::assertSame(['c/a', 'c/b'], array_column($copies->succeeded, 'pathname'));
        self::assertSame('B', $this->s3->read('c/b'));
        $result = $this->s3->copyMany(['a' => 'd', 'missing' => 'e'], throw: false);
        self::assertSame(['missing'], array_column($result->failed, 'pathname'));
        $this->s3->registerBucket('other', 'main', Environment::bucket(), $this->prefix . 'other');
        $this->s3->copyMany(['a' => 'x'], destinationBucket: 'other');
        self::assertSame('A', $this->s3->bucket('other')->read('x'));
    }

    public function testTheIterableMayUseTheStorageItselfAtALimitOfOne(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        $one->writeMany(self::contents(30));
        $walk = static function () use ($one): Generator {
            foreach ($one->list('k/') as $object) {
                yield $object->pathname;
            }
        };
        $sizes = 0;
        foreach ($one->readMany($walk()) as $pathname => $content) {
            $sizes += strlen($content);
            $one->write("done/$pathname", '');
        }
        self::assertSame(array_sum(array_map(strlen(...), self::contents(30))), $sizes);
        self::assertCount(30, $one->getMetadataMany($walk())->succeeded);
    }

    public function testPathnamesArePulledAsTheyAreNeeded(): void
    {
        $this->s3->writeMany(self::contents(200));
        $pulled = 0;
        $names = (static function () use (&$pulled): Generator {
            for ($i = 0; $i < 200; $i++) {
                $pulled++;
                yield "k/$i";
            }
        })();
        $reads = $this->s3->readMany($names, concurrency: 4);
        self::assertSame(0, $pulled);
        self::assertTrue($reads->valid());
        self::assertSame(32, $pulled);
        unset($reads);
        self::assertSame(32, $pulled);
    }

    public function testAnIteratorThatWasLeftIsNotRewound(): void
    {
        $this->s3->writeMany(['a' => 'A', 'b' => 'B']);
        $reads = $this->s3->readMany(['a', 'b']);
        $reads->rewind();
        $reads->rewind();
        $reads->next();
        self::assertFails('S3_OPERATION_FAILED', static fn () => $reads->rewind());
        self::assertTrue($reads->valid());
        $reads->next();
        self::assertFalse($reads->valid());
        self::assertFails('S3_OPERATION_FAILED', static fn () => $reads->current());
        self::assertFails('S3_OPERATION_FAILED', static fn () => $reads->key());
    }

    public function testNothingRunsWhileTheLoopDoes(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $s3->writeMany(self::contents(100));
        $server->forgetRequests();
        foreach ($s3->readMany(array_keys(self::contents(100)), concurrency: 5) as $content) {
            self::assertSame(0, $s3->stats()['files']['running']);
            $before = count($server->requests());
            usleep(20_000);
            self::assertCount($before, $server->requests());
            break;
        }
        self::assertLessThanOrEqual(40, count($server->requests()));
    }

    public function testMemoryIsBoundedByWhatMayBeBuffered(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $content = str_repeat('x', 4_000_000);
        $s3->writeMany(array_fill_keys(array_map(static fn (int $i) => "k/$i", range(1, 20)), $content));
        $server->forgetRequests();
        $most = $read = 0;
        $reads = $s3->readMany(array_map(static fn (int $i) => "k/$i", range(1, 20)), maxBuffered: 10_000_000);
        foreach ($reads as $bytes) {
            $read += strlen($bytes);
            $most = max($most, Memory::resident());
            $first ??= $most;
        }
        self::assertSame(80_000_000, $read);
        self::assertLessThan(40_000_000, $most - $first);
        // What had no room waits with its connection, and is not asked for again.
        self::assertCount(20, $server->requests());
    }

    public function testExceptionsOfTheIterableComeOutAndWhatWasDoneIsTold(): void
    {
        $contents = (static function (): Generator {
            yield from self::contents(40);
            throw new RuntimeException('no more');
        })();
        try {
            $this->s3->writeMany($contents, concurrency: 5);
            self::fail('the exception was lost');
        } catch (RuntimeException $exception) {
            self::assertSame('no more', $exception->getMessage());
            self::assertInstanceOf(BatchFailedException::class, $exception->getPrevious());
            self::assertCount(40, $exception->getPrevious()->getResult()->succeeded);
        }
    }

    public function testOfWrongTypes(): void
    {
        foreach ([[[1.5]], [[null]], [[[]]]] as [$pathnames]) {
            foreach (['existsMany', 'getMetadataMany'] as $method) {
                try {
                    $this->s3->$method($pathnames);
                    self::fail("$method took them");
                } catch (TypeError $error) {
                    $expected = "S3Storage::$method(): Argument #1 must contain strings only";
                    self::assertStringStartsWith($expected, $error->getMessage());
                }
            }
        }
        $failed = $this->s3->writeMany(['a' => 5, 'b' => 'B'], throw: false)->failed;
        self::assertSame(['a'], array_column($failed, 'pathname'));
        self::assertSame('INVALID_ARGUMENT', $failed[0]->exception->getErrorCode());
        foreach ([0, -1, 1001] as $concurrency) {
            $exists = fn () => $this->s3->existsMany([], $concurrency);
            self::assertRefusedLocally('INVALID_ARGUMENT', $exists);
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->readMany([], $concurrency));
        }
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->readMany([], maxBuffered: 0));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->writeMany([], contentType: "a\nb"));
    }
}
