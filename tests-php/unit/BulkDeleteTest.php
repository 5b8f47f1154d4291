<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use ArrayIterator;
use Generator;
use IteratorAggregate;
use RuntimeException;
use S3Storage;
use S3Storage\BatchFailure;
use S3Storage\BatchResult;
use S3Storage\Exception\BatchFailedException;
use S3Storage\Exception\OperationFailedException;
use S3Storage\Exception\S3Exception;
use Traversable;
use TypeError;

/** Deletes of many objects: by their names, and by what their names begin with. */
final class BulkDeleteTest extends StorageTestCase
{
    public function testNamedObjectsAreDeletedAndNoOthers(): void
    {
        $this->fill('a', 'b', 'c');
        $result = $this->s3->deleteMany(['a', 'missing', 'c']);
        self::assertSame(['succeeded' => ['a', 'missing', 'c'], 'failed' => []], get_object_vars($result));
        self::assertSame(['b'], self::pathnames($this->s3->list()));
    }

    public function testAThousandPathnamesGoIntoOneRequest(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $s3->write('d/0000', '');
        $s3->write('d/2499', '');
        $server->forgetRequests();
        $pathnames = (static function (): Generator {
            for ($i = 0; $i < 2_500; $i++) {
                yield sprintf('d/%04d', $i);
            }
        })();
        $result = $s3->deleteMany($pathnames);
        self::assertCount(2_500, $result->succeeded);
        self::assertSame(['POST', 'POST', 'POST'], array_column($server->requests(), 'method'));
        self::assertSame([], self::pathnames($s3->list()));
    }

    public function testNothingToDeleteIsNoRequest(): void
    {
        $s3 = $this->storage(['endpoint' => 'http://127.0.0.1:1', 'max_attempts' => 1]);
        self::assertEquals(new BatchResult(), $s3->deleteMany([]));
        self::assertEquals(new BatchResult(), $s3->deleteMany(new ArrayIterator([])));
    }

    /**
     * @dataProvider iterables
     * @param iterable<string|int> $pathnames
     */
    public function testAnyIterableIsTaken(iterable $pathnames): void
    {
        $this->fill('2026', 'a');
        self::assertSame(['2026', 'a'], $this->s3->deleteMany($pathnames)->succeeded);
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    /** @return iterable<string, array{iterable<string|int>}> */
    public static function iterables(): iterable
    {
        $name = 'a';
        yield 'a list' => [['2026', 'a']];
        yield 'keys of an array' => [array_keys(['2026' => 1, 'a' => 1])];
        yield 'references' => [['2026', &$name]];
        yield 'an iterator' => [new ArrayIterator([2026, 'a'])];
        yield 'an aggregate' => [new class implements IteratorAggregate {
            public function getIterator(): Traversable
            {
                yield from ['2026', 'a'];
            }
        }];
    }

    public function testAGeneratorMayUseTheStorageItself(): void
    {
        $this->fill('a', 'b', 'c');
        $pathnames = (function (): Generator {
            foreach ($this->s3->list() as $object) {
                self::assertTrue($this->s3->exists($object->pathname));
                yield $object->pathname;
            }
        })();
        self::assertSame(['a', 'b', 'c'], $this->s3->deleteMany($pathnames)->succeeded);
    }

    public function testAPathnameThatBreaksARuleFailsAlone(): void
    {
        $this->fill('a');
        $result = $this->s3->deleteMany(['../x', 'a', "\xff", ''], throw: false);
        self::assertSame(['a'], $result->succeeded);
        self::assertSame(['../x', "\xff", ''], array_column($result->failed, 'pathname'));
        foreach ($result->failed as $failure) {
            self::assertInstanceOf(BatchFailure::class, $failure);
            self::assertSame('INVALID_PATHNAME', $failure->exception->getErrorCode());
            self::assertSame(__FILE__, $failure->exception->getFile());
        }
    }

    public function testARefusedObjectIsNamedAndTheOthersAreDone(): void
    {
        $xml = '<DeleteResult><Deleted><Key>a</Key></Deleted>'
            . '<Error><Key>b</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>';
        $faults = new FaultServer([FaultServer::answer(200, $xml, 'Content-Type: application/xml')]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => '']);
        $exception = self::assertFails('BATCH_FAILED', static fn () => $s3->deleteMany(['a', 'b']));
        self::assertInstanceOf(BatchFailedException::class, $exception);
        self::assertInstanceOf(OperationFailedException::class, $exception);
        self::assertSame(
            'deleteMany: 1 of 2 objects failed: the first of them: delete b: access denied (AccessDenied): locked',
            $exception->getMessage(),
        );
        self::assertFalse($exception->isRetryable());
        $result = $exception->getResult();
        self::assertSame(['a'], $result->succeeded);
        self::assertSame(['b'], array_column($result->failed, 'pathname'));
        $reason = $result->failed[0]->exception;
        self::assertSame(['PERMISSION_DENIED', 'AccessDenied'], [$reason->getErrorCode(), $reason->getAwsErrorCode()]);
        self::assertSame($result, $exception->getResult());
        self::assertEquals(['a'], $s3->deleteMany(['a', 'b'], throw: false)->succeeded);
    }

    public function testAnUnreachableServerFailsEveryObject(): void
    {
        $s3 = $this->storage(['endpoint' => 'http://127.0.0.1:1', 'max_attempts' => 1]);
        $result = $s3->deleteMany(['a', 'b'], throw: false);
        self::assertSame([], $result->succeeded);
        self::assertSame('CONNECTION_FAILED', $result->failed[1]->exception->getErrorCode());
        $exception = self::assertFails('BATCH_FAILED', static fn () => $s3->deleteMany(['a', 'b']));
        self::assertTrue($exception->isRetryable());
        self::assertSame(1, $exception->getAttempts());
    }

    public function testAnExceptionOfTheIterableTellsWhatWasDone(): void
    {
        $this->fill('0999', '1000');
        $pathnames = (static function (): Generator {
            for ($i = 0; $i < 1_500; $i++) {
                yield sprintf('%04d', $i);
            }
            throw new RuntimeException('no more');
        })();
        try {
            $this->s3->deleteMany($pathnames);
            self::fail('the exception was lost');
        } catch (RuntimeException $exception) {
            self::assertSame('no more', $exception->getMessage());
            $told = $exception->getPrevious();
            self::assertInstanceOf(BatchFailedException::class, $told);
            self::assertCount(1_000, $told->getResult()->succeeded);
            self::assertStringContainsString('after 1000 objects were done', $told->getMessage());
        }
        self::assertSame(['1000'], self::pathnames($this->s3->list()));
    }

    public function testAnExceptionBeforeTheFirstRequestStandsAlone(): void
    {
        $pathnames = (static function (): Generator {
            yield 'a';
            throw new RuntimeException('at once');
        })();
        try {
            $this->s3->deleteMany($pathnames);
            self::fail('the exception was lost');
        } catch (RuntimeException $exception) {
            self::assertSame('at once', $exception->getMessage());
            self::assertNull($exception->getPrevious());
        }
    }

    public function testOtherValuesAreTypeErrors(): void
    {
        foreach ([[null], [['a']], [1.5], [$this]] as $pathnames) {
            try {
                $this->s3->deleteMany($pathnames);
                self::fail('taken');
            } catch (TypeError $error) {
                self::assertStringContainsString('Argument #1 must contain strings', $error->getMessage());
            }
        }
        $this->expectException(TypeError::class);
        $this->expectExceptionMessage('S3Storage::deleteMany(): Argument #1 ($pathnames) must be of type');
        $this->s3->deleteMany(...['a']);
    }

    public function testAnUnfinishedGeneratorRunsItsFinally(): void
    {
        $log = [];
        $pathnames = (static function () use (&$log): Generator {
            try {
                yield 'a';
                yield null;
            } finally {
                $log[] = 'finally';
            }
        })();
        try {
            $this->s3->deleteMany($pathnames);
        } catch (TypeError) {
            $log[] = 'caught';
        }
        unset($pathnames);
        self::assertSame(['caught', 'finally'], $log);
    }

    public function testOddNamesAreDeleted(): void
    {
        $odd = ["\u{e9}", "e\u{301}", ' ', ' a', 'a ', "a\nb", "a\rb", "a\tb", "\x01\x02\x7f", "a\u{85}b", "a\u{2028}b",
            'a+b', '100%', 'a%2Fb', '<a>&amp;"\'</a>', '?a=b#c', '0', 'a:b;c', str_repeat('x', 200)];
        if (!Environment::isMinio()) {
            array_push($odd, '/a', 'a//b', 'dir/', 'a\\b');
        }
        $this->fill('neighbour', ...$odd);
        self::assertSame($odd, $this->s3->deleteMany($odd)->succeeded);
        self::assertSame(['neighbour'], self::pathnames($this->s3->list()));
    }

    public function testAPrefixIsDeletedAndCounted(): void
    {
        $this->fill('old/1', "old/\x012", 'old/sub/3', 'older', 'new');
        self::assertSame(3, $this->s3->deletePrefix('old/'));
        self::assertSame(['new', 'older'], self::pathnames($this->s3->list()));
        self::assertSame(0, $this->s3->deletePrefix('old/'));
        self::assertSame(1, $this->s3->deletePrefix('old'));
    }

    public function testAnEmptyPrefixIsRefusedUnlessAllIsMeant(): void
    {
        $this->fill('a', 'b');
        $exception = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->deletePrefix(''));
        self::assertStringContainsString('all: true', $exception->getMessage());
        self::assertSame(['a', 'b'], self::pathnames($this->s3->list()));
        self::assertSame(2, $this->s3->deletePrefix('', all: true));
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    public function testTenant1NeverTouchesTenant10(): void
    {
        $one = $this->storage([], ['prefix' => $this->prefix . 'tenant1']);
        $ten = $this->storage([], ['prefix' => $this->prefix . 'tenant10']);
        $one->write('a', '1');
        $ten->write('a', '10');
        $this->fill('tenant1-notes');
        self::assertSame(1, $one->deletePrefix('', all: true));
        self::assertSame(0, $one->deletePrefix('0/'));
        self::assertSame(['tenant1-notes', 'tenant10/a'], self::pathnames($this->s3->list()));
    }

    public function testMorePagesThanOneAreDeletedInTwoRequestsEach(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        for ($i = 0; $i < 1_100; $i++) {
            $s3->write("d/$i", '');
        }
        $server->forgetRequests();
        self::assertSame(1_100, $s3->deletePrefix('d/'));
        self::assertSame(['GET', 'POST', 'GET', 'POST'], array_column($server->requests(), 'method'));
    }

    public function testAFailureWithinAPrefixIsThrownInTheEnd(): void
    {
        $page = '<ListBucketResult><IsTruncated>%s</IsTruncated>%s'
            . '<Contents><Key>%s</Key></Contents></ListBucketResult>';
        $refused = '<DeleteResult><Error><Key>%s</Key><Code>AccessDenied</Code></Error></DeleteResult>';
        $deleted = '<DeleteResult><Deleted><Key>%s</Key></Deleted></DeleteResult>';
        $xml = static fn (string $body): string => FaultServer::answer(200, $body, 'Content-Type: application/xml');
        $token = '<NextContinuationToken>t</NextContinuationToken>';
        $faults = new FaultServer([
            $xml(sprintf($page, 'true', $token, 'd/1')), $xml(sprintf($refused, 'd/1')),
            $xml(sprintf($page, 'false', '', 'd/2')), $xml(sprintf($deleted, 'd/2')),
        ]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => '']);
        $exception = self::assertFails('BATCH_FAILED', static fn () => $s3->deletePrefix('d/'));
        self::assertInstanceOf(BatchFailedException::class, $exception);
        self::assertStringStartsWith('deletePrefix d/: 1 of 2 objects failed: ', $exception->getMessage());
        self::assertSame(['d/1'], array_column($exception->getResult()->failed, 'pathname'));
        self::assertSame([], $exception->getResult()->succeeded);
        self::assertCount(4, $faults->requests());
    }

    public function testALaterPageThatCannotBeListedTellsWhatWasDeletedBefore(): void
    {
        $page = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . '<Contents><Key>d/1</Key></Contents></ListBucketResult>';
        $deleted = '<DeleteResult><Deleted><Key>d/1</Key></Deleted></DeleteResult>';
        $xml = static fn (string $body): string => FaultServer::answer(200, $body, 'Content-Type: application/xml');
        $faults = new FaultServer([$xml($page), $xml($deleted), FaultServer::error(403, 'AccessDenied')]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => '']);
        $exception = self::assertFails('PERMISSION_DENIED', static fn () => $s3->deletePrefix('d/'));
        $expected = '1 objects were deleted before that, 0 could not be';
        self::assertStringContainsString($expected, $exception->getDetails());
    }

    public function testAnExceptionOfAnApplicationHasAnEmptyResult(): void
    {
        self::assertEquals(new BatchResult(), (new BatchFailedException('own'))->getResult());
        $failure = new BatchFailure('a', new OperationFailedException('why'));
        self::assertSame([$failure], (new BatchResult([], [$failure]))->failed);
        self::assertInstanceOf(S3Exception::class, $failure->exception);
    }

    private function fill(string ...$pathnames): void
    {
        foreach ($pathnames as $pathname) {
            $this->s3->write($pathname, 'x');
        }
    }
}
