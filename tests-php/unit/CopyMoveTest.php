<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Copies and moves: within a bucket, to another alias, to another server, onto itself. */
final class CopyMoveTest extends StorageTestCase
{
    private const DETAILS = ['contentType' => 'image/x-a', 'cacheControl' => 'max-age=5', 'metadata' => ['k' => 'v']];

    private Server $other;

    protected function setUp(): void
    {
        parent::setUp();
        $this->other = Server::start();
        $config = $this->config();
        $config['default'] = 'files';
        $config['servers']['other'] = $this->other->section();
        $config['buckets']['archive'] = ['prefix' => $this->prefix . 'archive'] + $config['buckets']['files'];
        $config['buckets']['away'] = ['server' => 'other', 'bucket' => Server::BUCKET, 'prefix' => 'in'];
        $this->s3 = new S3Storage($config);
    }

    protected function tearDown(): void
    {
        parent::tearDown();
        $this->other->stop();
    }

    /**
     * @dataProvider destinations
     */
    public function testACopyHasContentTypeAndMetadataOfItsSource(?string $bucket): void
    {
        $this->s3->write('a', 'content', ...self::DETAILS);
        $info = $this->s3->copy('a', 'b', $bucket);
        self::assertSame('b', $info->pathname);
        self::assertSame('"' . md5('content') . '"', $info->etag);
        self::assertSame('content', $this->s3->read('a'));
        $this->assertArrived($this->s3->bucket($bucket ?? 'files'), 'b');
    }

    /**
     * @dataProvider destinations
     */
    public function testAMoveLeavesNothingBehind(?string $bucket): void
    {
        $this->s3->write('a', 'content', ...self::DETAILS);
        self::assertSame('b', $this->s3->move('a', 'b', $bucket)->pathname);
        self::assertFalse($this->s3->exists('a'));
        $this->assertArrived($this->s3->bucket($bucket ?? 'files'), 'b');
    }

    /**
     * @dataProvider destinations
     */
    public function testTheDestinationIsReplaced(?string $bucket): void
    {
        $destination = $this->s3->bucket($bucket ?? 'files');
        $destination->write('b', 'something longer than before', metadata: ['old' => '1']);
        $this->s3->write('a', 'content', ...self::DETAILS);
        $this->s3->copy('a', 'b', $bucket);
        $this->assertArrived($destination, 'b');
    }

    /**
     * @dataProvider destinations
     */
    public function testAMissingSourceChangesNothing(?string $bucket): void
    {
        $destination = $this->s3->bucket($bucket ?? 'files');
        $destination->write('b', 'kept');
        foreach (['copy', 'move'] as $method) {
            $exception = self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->$method('missing', 'b', $bucket));
            $message = "/^$method missing to b: no such object \\((NoSuchKey, )?404/";
            self::assertMatchesRegularExpression($message, $exception->getMessage());
            self::assertSame('kept', $destination->read('b'));
            self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->$method('missing', 'new', $bucket));
            self::assertFalse($destination->exists('new'));
        }
    }

    /** @return iterable<string, array{?string}> */
    public static function destinations(): iterable
    {
        yield 'same bucket' => [null];
        yield 'another alias' => ['archive'];
        yield 'another server' => ['away'];
    }

    public function testTheOwnAliasMayBeNamed(): void
    {
        $this->s3->write('a', 'content');
        $this->s3->copy('a', 'b', destinationBucket: 'files');
        self::assertSame('content', $this->s3->read('b'));
    }

    /**
     * @dataProvider sizes
     */
    public function testBytesStreamUnchangedToAnotherServer(int $size): void
    {
        $content = $size === 0 ? '' : random_bytes($size);
        $this->s3->write('a', $content);
        $this->s3->copy('a', 'a', 'away');
        self::assertSameBytes($content, $this->s3->bucket('away')->read('a'));
        $this->s3->bucket('away')->move('a', 'back', 'files');
        self::assertSameBytes($content, $this->s3->read('back'));
        self::assertFalse($this->s3->bucket('away')->exists('a'));
    }

    /** @return iterable<string, array{int}> */
    public static function sizes(): iterable
    {
        yield 'nothing' => [0];
        yield 'one byte' => [1];
        yield '8 MiB and one' => [(8 << 20) + 1];
    }

    public function testOntoItselfNothingChanges(): void
    {
        $this->s3->write('a', 'content', ...self::DETAILS);
        $before = $this->s3->getMetadata('a');
        foreach (['copy', 'move'] as $method) {
            self::assertSame($before->etag, $this->s3->$method('a', 'a')->etag);
            self::assertSame('content', $this->s3->read('a'));
            self::assertEquals($before, $this->s3->getMetadata('a'));
        }
    }

    public function testOntoItselfUnderAnotherAliasNothingIsLost(): void
    {
        $this->s3->write('archive/a', 'content');
        $this->s3->move('archive/a', 'a', 'archive');
        self::assertSame('content', $this->s3->read('archive/a'));
    }

    public function testOntoItselfAMissingObjectIsStillMissing(): void
    {
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->copy('missing', 'missing'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->move('missing', 'missing'));
    }

    public function testUnknownDestinationBucketKeepsTheSource(): void
    {
        $this->s3->write('a', 'content');
        $move = fn () => $this->s3->move('a', 'b', 'nowhere');
        $message = self::assertRefusedLocally('BUCKET_NOT_FOUND', $move)->getMessage();
        self::assertStringContainsString('no bucket "nowhere" is registered; known: ', $message);
        self::assertSame('content', $this->s3->read('a'));
    }

    public function testMissingBucketOnTheServerKeepsTheSource(): void
    {
        $this->s3->registerBucket('gone', 'main', 'no-such-bucket-here');
        $this->s3->registerBucket('far-gone', 'other', 'no-such-bucket-here');
        $this->s3->write('a', 'content');
        foreach (['gone', 'far-gone'] as $alias) {
            self::assertFails('BUCKET_NOT_FOUND', fn () => $this->s3->move('a', 'b', $alias));
            self::assertSame('content', $this->s3->read('a'));
        }
    }

    public function testTheVisibilityOfACopyIsTheOneAskedFor(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->write('a', 'content');
        self::assertSame('public', $this->s3->copy('a', 'b', visibility: 'public')->visibility);
        self::assertSame('public', $this->s3->getVisibility('b'));
        self::assertSame('private', $this->s3->getVisibility('a'));
        $this->s3->move('b', 'c');
        self::assertSame('private', $this->s3->getVisibility('c'), 'S3 copies no ACL');
        $this->s3->move('c', 'd', 'away', 'public');
        self::assertSame('public', $this->s3->bucket('away')->getVisibility('d'));
        self::assertSame('public', $this->s3->copy('a', 'a', visibility: 'public')->visibility);
        self::assertSame('public', $this->s3->getVisibility('a'));
        $wrong = fn () => $this->s3->copy('a', 'b', visibility: 'secret');
        self::assertRefusedLocally('INVALID_VISIBILITY', $wrong);
    }

    public function testAMoveWhoseSourceCannotBeDeletedSaysThatBothExist(): void
    {
        $copied = '<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>';
        $there = FaultServer::answer(200, '', 'ETag: "x"');
        $server = new FaultServer([
            $there,
            FaultServer::answer(200, $copied, 'Content-Type: application/xml'),
            $there,
            $there,
            FaultServer::error(403, 'AccessDenied'),
        ]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1], ['prefix' => '']);
        $exception = self::assertFails('PERMISSION_DENIED', static fn () => $s3->move('a', 'b'));
        self::assertStringContainsString('so both exist', $exception->getMessage());
        $methods = array_map(static fn ($line) => strtok($line, ' '), $server->requests());
        self::assertSame(['HEAD', 'PUT', 'HEAD', 'HEAD', 'DELETE'], $methods);
    }

    public function testAFailureInsideASuccessfulStatusKeepsTheSourceOfAMove(): void
    {
        $there = FaultServer::answer(200, '', 'ETag: "x"');
        $server = new FaultServer([$there, FaultServer::error(200, 'InternalError')]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1], ['prefix' => '']);
        $exception = self::assertFails('S3_OPERATION_FAILED', static fn () => $s3->move('a', 'b'));
        self::assertStringContainsString('the source was kept', $exception->getMessage());
        self::assertCount(2, $server->requests(), 'no DELETE follows');
    }

    private function assertArrived(S3Storage $s3, string $name): void
    {
        self::assertSame('content', $s3->read($name));
        $info = $s3->getMetadata($name);
        self::assertSame('image/x-a', $info->mimeType);
        self::assertSame(['k' => 'v'], $info->metadata);
        $headers = RawHttp::get($s3->presignGet($name)->url)->headers;
        self::assertSame('max-age=5', $headers['cache-control']);
    }
}
