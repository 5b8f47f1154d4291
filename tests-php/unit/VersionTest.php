<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\ObjectVersion;
use S3Storage\VersionIterator;

/** Versions: listed, read, restored, deleted for good; conditional deletes. */
final class VersionTest extends StorageTestCase
{
    protected function tearDown(): void
    {
        parent::tearDown();
        $bucket = Environment::versionedBucket();
        if ($bucket === null) {
            return;
        }
        $all = new S3Storage($this->config([], ['bucket' => $bucket, 'prefix' => '']));
        foreach ([...$all->listVersions($this->prefix)] as $version) {
            $all->delete($version->pathname, options: ['versionId' => $version->versionId]);
        }
    }

    public function testVersionsAreListedFromNewToOldWithTheirDeletions(): void
    {
        $s3 = $this->versioned();
        $first = $s3->write('a +%', 'one')->versionId;
        $second = $s3->write('a +%', 'three')->versionId;
        $s3->delete('a +%');
        $s3->write('b', '');
        $list = $s3->listVersions();
        self::assertInstanceOf(VersionIterator::class, $list);
        $found = iterator_to_array($list);
        $seen = array_map(
            static fn (ObjectVersion $v): array => [$v->pathname, $v->size, $v->isLatest, $v->isDeleteMarker],
            $found,
        );
        self::assertSame([
            ['a +%', null, true, true], ['a +%', 5, false, false], ['a +%', 3, false, false], ['b', 0, true, false],
        ], $seen);
        self::assertSame([$second, $first], [$found[1]->versionId, $found[2]->versionId]);
        self::assertEqualsWithDelta(time(), $found[1]->lastModified, 60);
        self::assertSame('"' . md5('three') . '"', $found[1]->etag);
        self::assertNull($found[0]->etag);
        // The list begins anew, and can be cut short.
        self::assertEquals($found, iterator_to_array($list));
        self::assertEquals(array_slice($found, 0, 2), iterator_to_array($s3->listVersions(limit: 2)));
        self::assertCount(1, [...$s3->listVersions('b')]);
    }

    public function testABucketWithoutVersionsHasTheVersionNull(): void
    {
        $this->s3->write('a', 'x');
        $versions = iterator_to_array($this->s3->listVersions());
        self::assertCount(1, $versions);
        $only = $versions[0];
        self::assertSame(['a', 'null', true], [$only->pathname, $only->versionId, $only->isLatest]);
    }

    public function testAListingOfVersionsIsLazyAndAsksForPages(): void
    {
        $server = Server::start('--versioned-bucket', 'with-versions');
        $s3 = new S3Storage($server->config([], ['bucket' => 'with-versions']));
        for ($i = 0; $i < 1001; $i++) {
            $s3->write('a', '');
        }
        $server->forgetRequests();
        $list = $s3->listVersions('a');
        self::assertSame([], $server->requests());
        $ids = [];
        foreach ($list as $version) {
            $ids[$version->versionId] = true;
        }
        self::assertCount(1001, $ids);
        self::assertCount(2, $server->requests());
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $s3->listVersions(limit: 0));
    }

    public function testAVersionIsReadAndLookedAt(): void
    {
        $s3 = $this->versioned();
        $first = $s3->write('a', 'one')->versionId;
        $s3->write('a', 'three');
        self::assertSame('three', $s3->read('a'));
        self::assertSame('one', $s3->read('a', options: ['versionId' => $first]));
        self::assertSame($first, $s3->readObject('a', options: ['versionId' => $first])->info->versionId);
        self::assertSame(3, $s3->getMetadata('a', options: ['versionId' => $first])->size);
        $unknown = fn () => $s3->getMetadata('a', options: ['version' => $first]);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $unknown)->getMessage();
        self::assertStringContainsString('unknown option "version"; known: versionId, customerKey', $message);
    }

    public function testADeletedVersionIsGoneForGood(): void
    {
        $s3 = $this->versioned();
        $first = $s3->write('a', 'one')->versionId;
        $second = $s3->write('a', 'two')->versionId;
        $s3->delete('a', options: ['versionId' => $second]);
        self::assertSame('one', $s3->read('a'));
        $s3->delete('a', options: ['versionId' => $second]);
        $s3->delete('a', options: ['versionId' => $first]);
        self::assertSame([], [...$s3->listVersions('a')]);
    }

    public function testADeletedMarkerBringsTheObjectBack(): void
    {
        $s3 = $this->versioned();
        $s3->write('a', 'content');
        $s3->delete('a');
        self::assertFalse($s3->exists('a'));
        [$marker] = [...$s3->listVersions('a', 1)];
        self::assertTrue($marker->isDeleteMarker);
        $s3->delete('a', options: ['versionId' => $marker->versionId]);
        self::assertSame('content', $s3->read('a'));
    }

    public function testAVersionIsRestoredCopiedAndMoved(): void
    {
        $s3 = $this->versioned();
        $first = $s3->write('a', 'one', metadata: ['k' => 'v'])->versionId;
        $s3->write('a', 'two');
        $s3->copy('a', 'a', options: ['sourceVersionId' => $first]);
        self::assertSame('one', $s3->read('a'));
        self::assertSame(['k' => 'v'], $s3->getMetadata('a')->metadata);
        $s3->copy('a', 'b', options: ['sourceVersionId' => $first]);
        self::assertSame('one', $s3->read('b'));
        $s3->move('a', 'c', options: ['sourceVersionId' => $first]);
        self::assertSame('one', $s3->read('c'));
        self::assertNotContains($first, array_map(static fn ($v) => $v->versionId, [...$s3->listVersions('a')]));
        $onto = fn () => $s3->move('a', 'a', options: ['sourceVersionId' => $first]);
        self::assertRefusedLocally('INVALID_ARGUMENT', $onto);
    }

    public function testAVersionIsCopiedToAnotherServer(): void
    {
        $other = Server::start();
        $config = $this->config([], ['bucket' => Environment::versionedBucket() ?? self::markTestSkipped('none')]);
        $config['default'] = 'files';
        $config['servers']['other'] = $other->section();
        $config['buckets']['away'] = ['server' => 'other', 'bucket' => Server::BUCKET];
        $s3 = new S3Storage($config);
        $first = $s3->write('a', 'one')->versionId;
        $s3->write('a', 'two');
        $s3->copy('a', 'b', 'away', options: ['sourceVersionId' => $first]);
        self::assertSame('one', $s3->bucket('away')->read('b'));
    }

    public function testAConditionalDeleteIsRefusedWhereItIsNotKnownToBeHonoured(): void
    {
        $etag = $this->s3->write('a', 'content')->etag;
        $exception = self::assertRefusedLocally('UNSUPPORTED', fn () => $this->s3->delete('a', $etag));
        self::assertStringContainsString('of the providers only aws honours it', $exception->getMessage());
        self::assertTrue($this->s3->exists('a'));
    }

    public function testAConditionalDeleteDeletesWhatItNames(): void
    {
        self::skipOnMinio('MinIO deletes and ignores If-Match');
        $s3 = $this->storage(['provider' => 'aws']);
        $etag = $s3->write('a', 'content')->etag;
        self::assertFails('PRECONDITION_FAILED', fn () => $s3->delete('a', '"0"'));
        self::assertTrue($s3->exists('a'));
        $s3->delete('a', ifMatch: $etag);
        self::assertFalse($s3->exists('a'));
        $both = fn () => $s3->delete('a', $etag, ['versionId' => 'v']);
        self::assertRefusedLocally('INVALID_ARGUMENT', $both);
        foreach (["a\r\nb", "a\0b"] as $wrong) {
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $s3->delete('a', $wrong));
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $s3->delete('a', options: ['versionId' => $wrong]));
        }
    }

    public function testConditionsOnTimeTakeSecondsAndDates(): void
    {
        $this->s3->write('a', 'content');
        $modified = (int) $this->s3->getMetadata('a')->lastModified;
        $read = fn (array $options) => $this->s3->read('a', options: $options);
        self::assertSame('content', $read(['ifModifiedSince' => $modified - 10]));
        self::assertSame('content', $read(['ifUnmodifiedSince' => new \DateTimeImmutable("@$modified")]));
        self::assertFails('NOT_MODIFIED', fn () => $read(['ifModifiedSince' => new \DateTime("@$modified")]));
        self::assertFails('PRECONDITION_FAILED', fn () => $read(['ifUnmodifiedSince' => $modified - 10]));
        $wrong = fn () => $read(['ifModifiedSince' => 'yesterday']);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $wrong)->getMessage();
        self::assertStringContainsString('must be Unix seconds (int) or a DateTimeInterface', $message);
    }
}
