<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use ReflectionMethod;
use S3Storage;
use S3Storage\Exception\BatchFailedException;
use S3Storage\Storage;

/** The storage that applications test with. */
final class FakeTest extends StorageTestCase
{
    public function testAFakeIsAStorageWithOneEmptyBucket(): void
    {
        $fake = S3Storage::fake();
        self::assertInstanceOf(Storage::class, $fake);
        self::assertSame(['buckets' => ['default'], 'default' => 'default'], $fake->listBuckets());
        self::assertSame([], self::pathnames($fake->list()));
        $fake->write('a.txt', 'hello', metadata: ['k' => 'v']);
        self::assertSame('hello', $fake->read('a.txt'));
        self::assertSame('text/plain', $fake->getMetadata('a.txt')->mimeType);
        self::assertStringStartsWith('https://memory.invalid/default/a.txt?', $fake->presignGet('a.txt')->url);
        self::assertTrue($fake->isHealthy());
    }

    /** There are places for 64 open backends, and for the counts of 1,024 aliases. */
    public function testFakesTakeNoPlaceOfARealClient(): void
    {
        $this->s3->exists('a');
        [$open, $counts] = [S3Storage::status()['clients'], S3Storage::metrics()];
        for ($i = 0; $i < 80; $i++) {
            $fake = S3Storage::fake(['a-fake-one']);
            $fake->write('a', 'x');
            self::assertSame(1, $fake->stats()['a-fake-one']['done']);
        }
        self::assertSame([$open, $counts], [S3Storage::status()['clients'], S3Storage::metrics()]);
    }

    public function testTwoFakesShareNothingAndHandlesOfOneShareAll(): void
    {
        [$one, $other] = [S3Storage::fake(['a', 'b']), S3Storage::fake(['a', 'b'])];
        $one->write('x', '1');
        self::assertFalse($other->exists('x'));
        self::assertFalse($one->bucket('b')->exists('x'));
        self::assertTrue($one->bucket('b')->bucket('a')->exists('x'));
        $one->failNext('read', 'TIMEOUT');
        self::assertFails('TIMEOUT', static fn () => $one->bucket('a')->read('x'));
    }

    public function testBucketsHaveTheKeysOfAConfiguration(): void
    {
        $fake = S3Storage::fake(['uploads', 'documents' => ['bucket' => 'shared', 'prefix' => 'docs'], '2026' => [
            'bucket' => 'shared',
            'visibility' => 'public',
        ]]);
        self::assertSame(['uploads', 'documents', '2026'], $fake->listBuckets()['buckets']);
        $fake->bucket('documents')->write('a', 'x');
        self::assertSame(['docs/a'], self::pathnames($fake->bucket('2026')->list()));
        $fake->bucket('2026')->write('b', 'x');
        self::assertSame('public', $fake->bucket('2026')->getVisibility('b'));
        $fake->registerBucket('late', 'fake', 'late', persistent: true);
        $fake->bucket('late')->write('c', 'x');
        self::assertFails('BUCKET_NOT_FOUND', static fn () => S3Storage::fake()->bucket('late'));
    }

    public function testWrongBucketsAreRefused(): void
    {
        self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => S3Storage::fake([]));
        self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => S3Storage::fake([7]));
        self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => S3Storage::fake(['uploads' => 'documents']));
        $error = self::assertRefusedLocally('INVALID_CONFIG', static fn () => S3Storage::fake(['a' => ['no' => 1]]));
        self::assertStringContainsString('buckets.a.no', $error->getMessage());
    }

    public function testAFailureIsThrownOnceAndTheOperationDoesNothing(): void
    {
        $fake = S3Storage::fake();
        $fake->failNext('write', 'QUOTA_EXCEEDED', 'a');
        $fake->write('b', 'x');
        $error = self::assertFails('QUOTA_EXCEEDED', static fn () => $fake->write('a', 'x'));
        self::assertSame('write a: a failure that the test has scripted', $error->getMessage());
        self::assertSame([false, 1], [$error->isRetryable(), $error->getAttempts()]);
        self::assertFalse($fake->exists('a'));
        $fake->write('a', 'x');
        self::assertSame('x', $fake->read('a'));
    }

    public function testAnyOperationFailsAsOftenAsItIsScripted(): void
    {
        $fake = S3Storage::fake();
        $fake->failNext('*', 'THROTTLED', times: 2);
        $error = self::assertFails('THROTTLED', static fn () => $fake->exists('a'));
        self::assertSame([true, 3], [$error->isRetryable(), $error->getAttempts()]);
        self::assertFails('THROTTLED', static fn () => $fake->presignGet('a'));
        self::assertFalse($fake->exists('a'));
    }

    /** @dataProvider operations */
    public function testEveryOperationFails(string $operation, callable $call): void
    {
        $fake = S3Storage::fake();
        $fake->write('a', 'x');
        $fake->failNext($operation, 'CONNECTION_FAILED');
        self::assertFails('CONNECTION_FAILED', static fn () => $call($fake));
        $fake->failNext($operation, 'TIMEOUT', 'of something else');
        try {
            $call($fake);
        } catch (S3Storage\Exception\UnsupportedException) {
            // Only a server has it.
        }
    }

    /** @return iterable<string, array{string, callable(S3Storage): mixed}> */
    public static function operations(): iterable
    {
        $folder = sys_get_temp_dir() . '/s3storage-fake-' . bin2hex(random_bytes(6));
        $stream = static fn () => fopen('data:,x', 'r');
        $calls = [
            'write' => static fn (S3Storage $s3) => $s3->write('a', 'x'),
            'read' => static fn (S3Storage $s3) => $s3->read('a'),
            'readObject' => static fn (S3Storage $s3) => $s3->readObject('a'),
            'readStream' => static fn (S3Storage $s3) => $s3->readStream('a'),
            'writeStream' => static fn (S3Storage $s3) => $s3->writeStream('a', $stream()),
            'openResponse' => static fn (S3Storage $s3) => $s3->openResponse('a'),
            'exists' => static fn (S3Storage $s3) => $s3->exists('a'),
            'uploadFile' => static fn (S3Storage $s3) => $s3->uploadFile('b', __FILE__),
            'downloadFile' => static function (S3Storage $s3) use ($folder): void {
                $s3->downloadFile('a', "$folder-file");
                unlink("$folder-file");
            },
            'uploadDirectory' => static fn (S3Storage $s3) => $s3->uploadDirectory(__DIR__ . '/../presign'),
            'sync' => static fn (S3Storage $s3) => $s3->sync(__DIR__ . '/../presign', dryRun: true),
            'listUploads' => static fn (S3Storage $s3) => $s3->listUploads(),
            'abortUploads' => static fn (S3Storage $s3) => $s3->abortUploads(3600),
            'delete' => static fn (S3Storage $s3) => $s3->delete('b'),
            'deletePrefix' => static fn (S3Storage $s3) => $s3->deletePrefix('b/'),
            'copy' => static fn (S3Storage $s3) => $s3->copy('a', 'b'),
            'move' => static fn (S3Storage $s3) => $s3->move('a', 'b'),
            'getMetadata' => static fn (S3Storage $s3) => $s3->getMetadata('a'),
            'updateMetadata' => static fn (S3Storage $s3) => $s3->updateMetadata('a', contentType: 'a/b'),
            'getVisibility' => static fn (S3Storage $s3) => $s3->getVisibility('a'),
            'setVisibility' => static fn (S3Storage $s3) => $s3->setVisibility('a', 'public'),
            'getTags' => static fn (S3Storage $s3) => $s3->getTags('a'),
            'setTags' => static fn (S3Storage $s3) => $s3->setTags('a', []),
            'getObjectLock' => static fn (S3Storage $s3) => $s3->getObjectLock('a'),
            'setRetention' => static fn (S3Storage $s3) => $s3->setRetention('a', time() + 60),
            'setLegalHold' => static fn (S3Storage $s3) => $s3->setLegalHold('a', true),
            'list' => static fn (S3Storage $s3) => iterator_to_array($s3->list()),
            'listPage' => static fn (S3Storage $s3) => $s3->listPage(),
            'listVersions' => static fn (S3Storage $s3) => iterator_to_array($s3->listVersions()),
            'getPublicUrl' => static fn (S3Storage $s3) => $s3->getPublicUrl('a'),
            'presignGet' => static fn (S3Storage $s3) => $s3->presignGet('a'),
            'presignPut' => static fn (S3Storage $s3) => $s3->presignPut('a'),
            'presignPost' => static fn (S3Storage $s3) => $s3->presignPost('a'),
        ];
        foreach ($calls as $operation => $call) {
            yield $operation => [$operation, $call];
        }
    }

    public function testObjectsOfABatchFailByThemselves(): void
    {
        $fake = S3Storage::fake();
        $fake->failNext('writeMany', 'TIMEOUT', 'b');
        try {
            $fake->writeMany(['a' => '1', 'b' => '2', 'c' => '3']);
            self::fail('one of them fails');
        } catch (BatchFailedException $error) {
            self::assertCount(2, $error->getResult()->succeeded);
            self::assertSame('b', $error->getResult()->failed[0]->pathname);
            self::assertSame('TIMEOUT', $error->getResult()->failed[0]->exception->getErrorCode());
            self::assertTrue($error->isRetryable());
        }
        self::assertSame(['a', 'c'], self::pathnames($fake->list()));
        foreach (['existsMany', 'getMetadataMany', 'deleteMany'] as $method) {
            $fake->failNext($method, 'PERMISSION_DENIED', 'c');
            $result = $fake->$method(['a', 'c'], throw: false);
            self::assertCount(1, $result->succeeded, $method);
            self::assertSame('c', $result->failed[0]->pathname, $method);
        }
        $fake->failNext('copyMany', 'TIMEOUT', 'c');
        $copied = $fake->copyMany(['a' => 'd', 'c' => 'e'], throw: false);
        self::assertEqualsCanonicalizing(['a', 'c'], self::pathnames($copied->failed));
        $fake->failNext('readMany', 'CHECKSUM_MISMATCH', 'c');
        $read = iterator_to_array($fake->readMany(['c']));
        self::assertSame('CHECKSUM_MISMATCH', $read['c']->getErrorCode());
    }

    public function testAFailingFakeIsNotHealthy(): void
    {
        $fake = S3Storage::fake();
        $fake->failNext('isHealthy', 'CONNECTION_FAILED');
        self::assertFalse($fake->isHealthy());
        self::assertTrue($fake->isHealthy());
    }

    public function testAMistakeInAScriptIsTold(): void
    {
        $fake = S3Storage::fake();
        $error = self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => $fake->failNext('put', 'TIMEOUT'));
        self::assertStringContainsString('known: *, isHealthy, write, read, ', $error->getMessage());
        foreach (['bucket', 'registerBucket', 'listBuckets', 'stats', 'fake', ''] as $other) {
            self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => $fake->failNext($other, 'TIMEOUT'));
        }
        $error = self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => $fake->failNext('read', 'NotFound'));
        self::assertStringContainsString('known: BUCKET_NOT_FOUND, FILE_NOT_FOUND, ', $error->getMessage());
        self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => $fake->failNext('read', 'BATCH_FAILED'));
        self::assertRefusedLocally('INVALID_ARGUMENT', static fn () => $fake->failNext('read', 'TIMEOUT', times: 0));
        self::assertRefusedLocally('UNSUPPORTED', fn () => $this->s3->failNext('read', 'TIMEOUT'));
        self::assertSame([], self::pathnames($fake->list()));
    }

    public function testEveryOperationOfTheInterfaceCanFail(): void
    {
        $fake = S3Storage::fake();
        foreach (get_class_methods(Storage::class) as $method) {
            if (!in_array($method, ['bucket', 'registerBucket', 'listBuckets', 'stats'], true)) {
                $fake->failNext($method, 'TIMEOUT', 'nothing');
            }
        }
        self::assertTrue((new ReflectionMethod(S3Storage::class, 'fake'))->isStatic());
    }

    public function testAStreamOutlivesItsHandleAndMemoryDoesNotGrowWithFakes(): void
    {
        $fake = S3Storage::fake();
        $fake->write('a', 'still here');
        $stream = $fake->readStream('a');
        unset($fake);
        self::assertSame('still here', stream_get_contents($stream));
        $content = random_bytes(1 << 20);
        $before = 0;
        for ($i = 0; $i < 1000; ++$i) {
            S3Storage::fake()->write('a', $content);
            $before = $i === 100 ? Memory::resident() : $before;
        }
        self::assertLessThan(16 << 20, Memory::resident() - $before, 'bytes more after 900 fakes of 1 MiB each');
    }
}
