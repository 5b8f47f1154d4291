<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\ListPage;
use S3Storage\ObjectInfo;
use S3Storage\ObjectIterator;

/** Listings: complete, in order, lazy, and never shorter than they say. */
final class ListTest extends StorageTestCase
{
    private const PAGE = 1000;

    public function testTenThousandKeysArriveLazilyAndInOrder(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $expected = [];
        for ($i = 0; $i < 10_000; $i++) {
            $expected[] = sprintf('key/%05d', $i);
            $s3->write(end($expected), '');
        }
        $server->forgetRequests();

        $objects = $s3->list();
        self::assertInstanceOf(ObjectIterator::class, $objects);
        self::assertSame([], $server->requests(), 'a listing that nobody reads asks for nothing');
        $seen = [];
        foreach ($objects as $index => $object) {
            self::assertSame(count($seen), $index);
            $seen[] = $object->pathname;
            $pages = intdiv($index, self::PAGE) + 1;
            if ($index % self::PAGE === 0 || $index % self::PAGE === self::PAGE - 1) {
                self::assertCount($pages, $server->listings(), "requests when entry $index was here");
            }
        }
        self::assertSame($expected, $seen);
        self::assertCount(10, $server->requests());

        $this->assertALimitIsOfTheWholeListing($server, $s3);
        $server->stop();
    }

    private function assertALimitIsOfTheWholeListing(Server $server, S3Storage $s3): void
    {
        $server->forgetRequests();
        $objects = self::pathnames($s3->list(limit: 1500, startAfter: 'key/00999'));
        self::assertCount(1500, $objects);
        self::assertSame(['key/01000', 'key/02499'], [$objects[0], $objects[1499]]);
        self::assertCount(2, $server->listings());
        self::assertStringContainsString('max-keys=500', $server->listings()[1]);
        $server->forgetRequests();
        self::assertCount(3, self::pathnames($s3->list(limit: 3)));
        self::assertCount(1, $server->listings());
        self::assertStringContainsString('max-keys=3', $server->listings()[0]);
    }

    public function testAnEntryTellsWhatAListingCarries(): void
    {
        $written = $this->s3->write('a.txt', 'hello', metadata: ['k' => 'v']);
        $object = $this->first($this->s3->list());
        self::assertSame('a.txt', $object->pathname);
        self::assertSame(5, $object->size);
        self::assertSame($written->etag, $object->etag);
        self::assertEqualsWithDelta(time(), $object->lastModified, 2);
        self::assertFalse($object->isDirectory);
        self::assertNull($object->mimeType);
        self::assertNull($object->metadata);
        self::assertNull($object->visibility);
    }

    public function testAnEmptyListingHasNoEntries(): void
    {
        self::assertSame([], iterator_to_array($this->s3->list()));
        self::assertEquals(new ListPage(), $this->s3->listPage());
    }

    public function testAFlatListingShowsObjectsOfEveryDepth(): void
    {
        $this->writeAll('a', 'b/c', 'b/d/e', 'f');
        self::assertSame(['a', 'b/c', 'b/d/e', 'f'], self::pathnames($this->s3->list()));
        self::assertSame(['b/c', 'b/d/e'], self::pathnames($this->s3->list('b/')));
        self::assertSame(['b/d/e'], self::pathnames($this->s3->list('b/d')));
        self::assertSame([], self::pathnames($this->s3->list('c')));
    }

    public function testAListingThatIsNotRecursiveShowsDirectoriesInPlace(): void
    {
        $this->writeAll('a', 'b/c', 'b/d/e', 'b/d/f', 'c');
        $entries = iterator_to_array($this->s3->list(recursive: false));
        self::assertSame(['a', 'b/', 'c'], self::pathnames($entries));
        self::assertSame([false, true, false], array_column($entries, 'isDirectory'));
        self::assertSame([1, null, 1], array_column($entries, 'size'));
        self::assertNull($entries[1]->etag);
        self::assertSame(['b/c', 'b/d/'], self::pathnames($this->s3->list('b/', recursive: false)));
        self::assertSame(['b/'], self::pathnames($this->s3->list('b', recursive: false)));
    }

    public function testStartAfterLeavesOutTheNameItself(): void
    {
        $this->writeAll('a', 'b', 'c');
        self::assertSame(['c'], self::pathnames($this->s3->list(startAfter: 'b')));
        self::assertSame(['b', 'c'], self::pathnames($this->s3->list(startAfter: 'aa')));
        self::assertSame(['c'], self::pathnames($this->s3->listPage(startAfter: 'b')->objects));
        self::assertSame([], self::pathnames($this->s3->list(startAfter: 'c')));
    }

    public function testOrderIsThatOfBytes(): void
    {
        $this->writeAll('b', 'a', 'A', "\u{e9}", '~', '10', '2');
        self::assertSame(['10', '2', 'A', 'a', 'b', '~', "\u{e9}"], self::pathnames($this->s3->list()));
    }

    public function testAPrefixNeverCoversALongerOne(): void
    {
        $one = $this->storage([], ['prefix' => $this->prefix . 'tenant1']);
        $ten = $this->storage([], ['prefix' => $this->prefix . 'tenant10']);
        $one->write('a', 'of 1');
        $ten->write('b', 'of 10');
        self::assertSame(['a'], self::pathnames($one->list()));
        self::assertSame(['b'], self::pathnames($ten->list()));
        self::assertSame([], self::pathnames($one->list('0')));
        self::assertFalse($one->exists('0/b'));
        self::assertSame(['tenant1/a', 'tenant10/b'], self::pathnames($this->s3->list('tenant1')));
    }

    public function testTheMarkerOfTheBucketsPrefixIsNotAnEntry(): void
    {
        self::skipOnMinio('MinIO keeps such markers as directories');
        $this->storage([], ['prefix' => ''])->write($this->prefix, '');
        $this->writeAll('a');
        self::assertSame(['a'], self::pathnames($this->s3->list()));
        self::assertSame(['a'], self::pathnames($this->s3->listPage()->objects));
    }

    public function testPagesAreContinuedByTheirTokens(): void
    {
        $this->writeAll('a', 'b', 'c/1', 'c/2', 'd', 'e', 'f');
        $seen = [];
        $token = null;
        do {
            $page = $this->s3->listPage(recursive: false, limit: 2, continuationToken: $token);
            self::assertInstanceOf(ListPage::class, $page);
            self::assertLessThanOrEqual(2, count($page->objects) + count($page->prefixes));
            array_push($seen, ...self::pathnames($page->objects), ...$page->prefixes);
            self::assertNotSame($token ?? '', $page->nextToken);
            $token = $page->nextToken;
            self::assertLessThan(10, count($seen));
        } while ($token !== null);
        sort($seen);
        self::assertSame(['a', 'b', 'c/', 'd', 'e', 'f'], $seen);
    }

    public function testAPageHoldsObjectsAndPrefixesApart(): void
    {
        $this->writeAll('a', 'b/c');
        $page = $this->s3->listPage(recursive: false);
        self::assertSame(['a'], self::pathnames($page->objects));
        self::assertSame(['b/'], $page->prefixes);
        self::assertNull($page->nextToken);
        self::assertTrue(array_is_list($page->objects));
    }

    public function testLimitsOutOfRangeAreRefusedBeforeAnythingIsSent(): void
    {
        foreach ([0, -1, PHP_INT_MIN] as $limit) {
            $list = fn () => iterator_to_array($this->s3->list(limit: $limit));
            $message = self::assertRefusedLocally('INVALID_ARGUMENT', $list)->getMessage();
            self::assertStringContainsString("limit must be at least 1, not $limit", $message);
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->listPage(limit: $limit));
        }
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->listPage(limit: 1001));
        self::assertSame([], $this->s3->listPage(limit: 1000)->objects);
        self::assertSame([], self::pathnames($this->s3->list(limit: PHP_INT_MAX)));
    }

    public function testAListingCanBeReadAgainAndSeesWhatIsNew(): void
    {
        $this->writeAll('a');
        $objects = $this->s3->list();
        self::assertSame(['a'], self::pathnames($objects));
        $this->writeAll('b');
        self::assertSame(['a', 'b'], self::pathnames($objects));
    }

    public function testAListingThatWasEmptyIsReadAgainToo(): void
    {
        $objects = $this->s3->list();
        self::assertSame([], self::pathnames($objects));
        $this->writeAll('a');
        self::assertSame(['a'], self::pathnames($objects));
    }

    public function testAFailureInALaterPageEndsInAnExceptionNotInAShortList(): void
    {
        $entry = '<Contents><Key>%s</Key><Size>1</Size></Contents>';
        $page = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . sprintf($entry, 'a') . sprintf($entry, 'b') . '</ListBucketResult>';
        $server = new FaultServer([
            FaultServer::answer(200, $page, 'Content-Type: application/xml'),
            FaultServer::error(500, 'InternalError'),
        ]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1], ['prefix' => '']);
        $seen = [];
        $exception = self::assertFails('S3_OPERATION_FAILED', static function () use ($s3, &$seen): void {
            foreach ($s3->list() as $object) {
                $seen[] = $object->pathname;
            }
        });
        self::assertSame(['a', 'b'], $seen);
        self::assertSame('InternalError', $exception->getAwsErrorCode());
        self::assertTrue($exception->isRetryable());
        self::assertStringStartsWith('list: ', $exception->getMessage());
    }

    public function testAfterAFailedPageTheListingDoesNotClaimToBeAtItsEnd(): void
    {
        $page = '<ListBucketResult><IsTruncated>%s</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . '<Contents><Key>%s</Key></Contents></ListBucketResult>';
        $server = new FaultServer([
            FaultServer::answer(200, sprintf($page, 'true', 'a'), 'Content-Type: application/xml'),
            FaultServer::error(500, 'InternalError'),
            FaultServer::answer(200, sprintf($page, 'false', 'b'), 'Content-Type: application/xml'),
        ]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1], ['prefix' => '']);
        $objects = $s3->list();
        self::assertSame('a', $objects->current()->pathname);
        self::assertFails('S3_OPERATION_FAILED', static function () use ($objects): void {
            $objects->next();
            $objects->valid();
        });
        self::assertTrue($objects->valid(), 'the page that failed is asked for again');
        self::assertSame('b', $objects->current()->pathname);
        self::assertSame(1, $objects->key());
    }

    public function testAListingThatRepeatsItsTokenIsNotTrusted(): void
    {
        $page = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . '<Contents><Key>a</Key></Contents></ListBucketResult>';
        $server = new FaultServer([FaultServer::answer(200, $page, 'Content-Type: application/xml')]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1], ['prefix' => '']);
        $exception = self::assertFails('S3_OPERATION_FAILED', static fn () => iterator_to_array($s3->list()));
        self::assertStringContainsString('repeats the continuation token', $exception->getMessage());
        self::assertCount(2, $server->requests());
    }

    private function writeAll(string ...$pathnames): void
    {
        foreach ($pathnames as $pathname) {
            $this->s3->write($pathname, 'x');
        }
    }

    /** @param iterable<ObjectInfo> $objects */
    private function first(iterable $objects): ObjectInfo
    {
        foreach ($objects as $object) {
            return $object;
        }
        self::fail('the listing is empty');
    }
}
