<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Aliases, and the handles that share them. */
final class RegistryTest extends StorageTestCase
{
    public function testAHandleOfAnotherBucketLeavesTheFirstAlone(): void
    {
        $config = $this->config();
        $config['buckets']['other'] = ['prefix' => $this->prefix . 'other/'] + $config['buckets']['files'];
        $first = new S3Storage(['default' => 'files'] + $config);
        $other = $first->bucket('other');
        self::assertInstanceOf(S3Storage::class, $other);
        $other->write('a', 'of other');
        self::assertFalse($first->exists('a'));
        self::assertSame('of other', $first->read('other/a'));
        self::assertSame('of other', $other->read('a'));
    }

    public function testUnknownAliasNamesTheKnownOnes(): void
    {
        $exception = self::assertRefusedLocally('BUCKET_NOT_FOUND', fn () => $this->s3->bucket('flies'));
        self::assertStringContainsString('no bucket "flies" is registered; known: files', $exception->getMessage());
    }

    public function testControlCharactersOfAnAliasAreEscapedInTheMessage(): void
    {
        $exception = self::assertRefusedLocally('BUCKET_NOT_FOUND', fn () => $this->s3->bucket("a\nb"));
        self::assertStringContainsString('"a\nb"', $exception->getMessage());
        self::assertStringNotContainsString("\n", $exception->getMessage());
    }

    public function testARegisteredBucketWorksOnEveryHandleOfTheFamily(): void
    {
        $sibling = $this->s3->bucket('files');
        $sibling->registerBucket('late', 'main', Environment::bucket(), $this->prefix . 'late');
        $this->s3->bucket('late')->write('a', 'x');
        self::assertSame('x', $this->s3->read('late/a'));
        self::assertSame(['buckets' => ['files', 'late'], 'default' => 'files'], $this->s3->listBuckets());
        self::assertSame($this->s3->listBuckets(), $sibling->listBuckets());
    }

    public function testARegisteredBucketIsUnknownToOtherFamilies(): void
    {
        $this->s3->registerBucket('late', 'main', Environment::bucket());
        $stranger = $this->storage();
        self::assertSame(['files'], $stranger->listBuckets()['buckets']);
        self::assertRefusedLocally('BUCKET_NOT_FOUND', static fn () => $stranger->bucket('late'));
    }

    public function testAChildOutlivesItsParent(): void
    {
        $child = $this->storage()->bucket('files');
        gc_collect_cycles();
        $child->write('a', 'x');
        self::assertSame('x', $child->read('a'));
    }

    public function testEveryArgumentOfRegisterBucketCounts(): void
    {
        $this->s3->registerBucket(
            name: 'cdn',
            server: 'main',
            bucket: Environment::bucket(),
            prefix: $this->prefix . 'cdn',
            visibility: 'private',
            url: 'https://cdn.example/base/',
            acl: 'off',
        );
        $cdn = $this->s3->bucket('cdn');
        self::assertSame("https://cdn.example/base/{$this->prefix}cdn/a%20b", $cdn->getPublicUrl('a b'));
        $write = static fn () => $cdn->write('a', 'x', visibility: 'public');
        $exception = self::assertRefusedLocally('UNSUPPORTED', $write);
        self::assertStringContainsString('`acl` is off', $exception->getMessage());
    }

    public function testARegisteredBucketHasItsOwnPartSize(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $s3->registerBucket('parts', 'own', Server::BUCKET, partSize: 6 << 20, concurrency: 2);
        $content = random_bytes(13 << 20);
        $info = $s3->bucket('parts')->write('large', $content);
        self::assertSame(13 << 20, $info->size);
        self::assertStringEndsWith('-3"', (string) $info->etag);
        self::assertSame($content, $s3->read('large'));
        $parts = array_filter($server->requests(), static fn (array $request) => $request['method'] === 'PUT');
        self::assertCount(3, $parts);
        foreach ([[1, null], [6 << 30, null], [null, 0], [null, 101]] as [$partSize, $concurrency]) {
            $options = ['partSize' => $partSize, 'concurrency' => $concurrency];
            $register = static fn () => $s3->registerBucket('wrong', 'own', Server::BUCKET, ...$options);
            self::assertRefusedLocally('INVALID_CONFIG', $register);
        }
    }

    public function testKnownAliasIsNotRegisteredAgain(): void
    {
        $again = fn () => $this->s3->registerBucket('files', 'main', 'elsewhere');
        $exception = self::assertRefusedLocally('BUCKET_ALREADY_EXISTS', $again);
        self::assertStringContainsString('a bucket "files" is registered already', $exception->getMessage());
        $this->s3->write('a', 'x');
        self::assertTrue($this->s3->exists('a'));
    }

    public function testUnknownServerOfARegistrationNamesTheKnownOnes(): void
    {
        $register = fn () => $this->s3->registerBucket('late', 'mian', 'bucket');
        $exception = self::assertRefusedLocally('INVALID_CONFIG', $register);
        self::assertStringContainsString('unknown server "mian"; known: main', $exception->getMessage());
        self::assertSame(['files'], $this->s3->listBuckets()['buckets']);
    }

    /**
     * @dataProvider wrongRegistrations
     * @param array<string, string> $arguments
     */
    public function testWrongValueOfARegistrationRegistersNothing(array $arguments, string $place): void
    {
        $arguments += ['name' => 'late', 'server' => 'main', 'bucket' => 'bucket'];
        $register = fn () => $this->s3->registerBucket(...$arguments);
        self::assertStringContainsString($place, self::assertRefusedLocally('INVALID_CONFIG', $register)->getMessage());
        self::assertSame(['files'], $this->s3->listBuckets()['buckets']);
    }

    /** @return iterable<string, array{array<string, string>, string}> */
    public static function wrongRegistrations(): iterable
    {
        yield 'empty name' => [['name' => ''], 'name: must not be empty'];
        yield 'empty bucket' => [['bucket' => ''], 'buckets.late.bucket: is required'];
        yield 'bucket with a slash' => [['bucket' => 'a/b'], 'buckets.late.bucket: '];
        yield 'visibility' => [['visibility' => 'secret'], 'buckets.late.visibility: '];
        yield 'prefix that climbs' => [['prefix' => '../x'], 'buckets.late.prefix: '];
        yield 'url' => [['url' => 'cdn.example'], 'buckets.late.url: is not a URL'];
        yield 'acl' => [['acl' => 'sometimes'], 'buckets.late.acl: must be auto, on or off'];
    }

    public function testABucketThatAnswersIsHealthy(): void
    {
        self::assertTrue($this->s3->isHealthy());
    }

    public function testABucketThatIsMissingOrCannotBeReachedIsNotHealthy(): void
    {
        self::assertFalse($this->storage([], ['bucket' => 'no-such-bucket-here'])->isHealthy());
        $closed = ['endpoint' => SilentServer::closedPort(), 'max_attempts' => 1];
        self::assertFalse($this->storage($closed)->isHealthy());
        $wrong = ['credentials' => ['key' => Environment::accessKey(), 'secret' => 'wrong']];
        self::assertFalse($this->storage($wrong)->isHealthy());
    }

    public function testTheInterfaceCanBeDoubledByAnApplication(): void
    {
        $double = $this->createMock(S3Storage\Storage::class);
        $double->expects(self::once())->method('read')->with('a')->willReturn('doubled');
        $double->method('list')->willReturn([new S3Storage\ObjectInfo('a', size: 7)]);
        self::assertSame('doubled', $double->read('a'));
        self::assertSame(['a'], self::pathnames($double->list()));
        self::assertInstanceOf(S3Storage\Storage::class, $this->s3);
    }
}
