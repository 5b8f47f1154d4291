<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use S3Storage;
use S3Storage\ObjectLock;

/** Object lock: retentions and legal holds. */
final class ObjectLockTest extends StorageTestCase
{
    protected function tearDown(): void
    {
        parent::tearDown();
        $bucket = Environment::lockedBucket();
        if ($bucket === null) {
            return;
        }
        $all = new S3Storage($this->config([], ['bucket' => $bucket, 'prefix' => '']));
        foreach ([...$all->listVersions($this->prefix)] as $version) {
            $options = ['versionId' => $version->versionId, 'bypassGovernance' => true];
            $all->delete($version->pathname, options: $options);
        }
    }

    /**
     * @dataProvider sizes
     */
    public function testALockedVersionStaysUntilItMayGo(int $size): void
    {
        $s3 = $this->locked();
        $until = new DateTimeImmutable('+1 hour');
        $options = ['retainUntil' => $until, 'retentionMode' => 'GOVERNANCE', 'legalHold' => true];
        $version = $s3->write('a', str_repeat('x', $size), options: $options)->versionId;
        self::assertEquals(new ObjectLock('GOVERNANCE', $until->getTimestamp(), true), $s3->getObjectLock('a'));
        $delete = static fn (bool $bypass) =>
            $s3->delete('a', options: ['versionId' => $version, 'bypassGovernance' => $bypass]);
        // MinIO: InvalidRequest "Object is WORM protected and cannot be overwritten".
        $denied = Environment::isMinio() ? 'S3_OPERATION_FAILED' : 'PERMISSION_DENIED';
        self::assertFails($denied, static fn () => $delete(true));
        $s3->setLegalHold('a', false);
        self::assertFails($denied, static fn () => $delete(false));
        self::assertFalse($s3->getObjectLock('a')->legalHold);
        $delete(true);
        self::assertFalse($s3->exists('a'));
    }

    /** @return iterable<string, array{int}> */
    public static function sizes(): iterable
    {
        yield 'one request' => [7];
        yield 'in parts' => [6 << 20];
    }

    public function testARetentionIsProlongedByEverybodyAndShortenedByFew(): void
    {
        $s3 = $this->locked();
        $s3->write('a', 'x');
        self::assertEquals(new ObjectLock(), $s3->getObjectLock('a'));
        $s3->setRetention('a', time() + 7200);
        self::assertSame('GOVERNANCE', $s3->getObjectLock('a')->retentionMode);
        $shorter = time() + 3600;
        $denied = Environment::isMinio() ? 'S3_OPERATION_FAILED' : 'PERMISSION_DENIED';
        self::assertFails($denied, fn () => $s3->setRetention('a', $shorter));
        $s3->setRetention('a', new DateTimeImmutable("@$shorter"), bypassGovernance: true);
        self::assertSame($shorter, $s3->getObjectLock('a')->retainUntil);
    }

    public function testComplianceGivesWayToNobody(): void
    {
        // On a server of its own: it cannot be cleaned away.
        $server = Server::start('--locked-bucket', 'with-locks');
        $s3 = new S3Storage($server->config(['provider' => 'aws'], ['bucket' => 'with-locks']));
        $version = $s3->write('a', 'x')->versionId;
        $s3->setRetention('a', time() + 3600, 'COMPLIANCE');
        $delete = fn () => $s3->delete('a', options: ['versionId' => $version, 'bypassGovernance' => true]);
        self::assertFails('PERMISSION_DENIED', $delete);
        self::assertFails('PERMISSION_DENIED', fn () => $s3->setRetention('a', time() + 60, 'COMPLIANCE', true));
    }

    public function testABucketWithoutObjectLockSaysSo(): void
    {
        $this->s3->write('a', 'x');
        self::assertEquals(new ObjectLock(), $this->s3->getObjectLock('a'));
        $set = fn () => $this->s3->setRetention('a', time() + 60);
        $exception = self::assertFails('S3_OPERATION_FAILED', $set);
        self::assertStringContainsString('Bucket is missing', $exception->getMessage());
        $write = fn () => $this->s3->write('b', 'x', options: ['legalHold' => true]);
        self::assertFails('S3_OPERATION_FAILED', $write);
        self::assertFalse($this->s3->exists('b'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->getObjectLock('missing'));
    }

    /**
     * @dataProvider wrong
     * @param array<string, mixed> $options
     */
    public function testAWrongLockIsRefusedBeforeAnythingIsSent(array $options, string $words): void
    {
        $write = fn () => $this->s3->write('a', 'x', options: $options);
        self::assertStringContainsString($words, self::assertRefusedLocally('INVALID_ARGUMENT', $write)->getMessage());
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function wrong(): iterable
    {
        $later = time() + 60;
        yield 'no mode' => [['retainUntil' => $later], 'belong together'];
        yield 'no time' => [['retentionMode' => 'GOVERNANCE'], 'belong together'];
        yield 'past' => [['retainUntil' => 1, 'retentionMode' => 'GOVERNANCE'], 'in the future'];
        $injected = "GOVERNANCE\r\nx: y";
        yield 'mode' => [['retainUntil' => $later, 'retentionMode' => $injected], 'GOVERNANCE or COMPLIANCE'];
        yield 'hold' => [['legalHold' => 'ON'], 'legalHold must be a bool'];
    }

    public function testAWrongRetentionIsRefusedBeforeAnythingIsSent(): void
    {
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->setRetention('a', time() - 1));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->setRetention('a', time() + 60, 'legal'));
        $this->expectException(\TypeError::class);
        $this->expectExceptionMessage('Argument #2 ($retainUntil) must be of type DateTimeInterface|int');
        $this->s3->setRetention('a', 'tomorrow');
    }
}
