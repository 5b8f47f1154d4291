<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** Who may read an object: proven by a reader without credentials. */
final class VisibilityTest extends StorageTestCase
{
    public function testAPublicObjectIsReadableByAnyoneAndAPrivateOneIsNot(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        self::assertSame('public', $this->s3->write('open', 'for all', visibility: 'public')->visibility);
        self::assertSame('private', $this->s3->write('closed', 'for us', visibility: 'private')->visibility);
        $this->s3->write('default', 'for us');
        $this->assertPublic('open', 'for all');
        $this->assertPrivate('closed');
        $this->assertPrivate('default');
    }

    public function testVisibilityCanBeChangedBothWays(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->write('a', 'x');
        $this->s3->setVisibility('a', 'public');
        $this->assertPublic('a', 'x');
        $this->s3->setVisibility('a', 'public');
        $this->assertPublic('a', 'x');
        $this->s3->setVisibility('a', 'private');
        $this->assertPrivate('a');
    }

    public function testMetadataTellsTheVisibilityOnlyWhenAsked(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->write('a', 'x', visibility: 'public');
        self::assertNull($this->s3->getMetadata('a')->visibility);
        self::assertSame('public', $this->s3->getMetadata('a', visibility: true)->visibility);
        self::assertSame('public', $this->s3->getMetadata('a', true)->visibility);
    }

    public function testAReplacedObjectIsPrivateAgain(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->write('a', 'x', visibility: 'public');
        $this->s3->write('a', 'y');
        $this->assertPrivate('a');
    }

    public function testABucketsPublicDefaultIsSentWhereTheProviderHasObjectAcls(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $s3 = $this->storage(['provider' => 'ceph'], ['visibility' => 'public']);
        self::assertSame('public', $s3->write('a', 'x')->visibility);
        $this->assertPublic('a', 'x');
        $s3->write('b', 'x', visibility: 'private');
        $this->assertPrivate('b');
    }

    public function testABucketsPublicDefaultIsSentEverywhereWithAclOn(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $s3 = $this->storage([], ['visibility' => 'public', 'acl' => 'on']);
        $s3->write('a', 'x');
        $this->assertPublic('a', 'x');
    }

    public function testABucketsPublicDefaultIsNotSentToAnUnknownServer(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $s3 = $this->storage([], ['visibility' => 'public']);
        self::assertNull($s3->write('a', 'x')->visibility);
        $this->assertPrivate('a');
    }

    public function testWithAclOffAVisibilityOtherThanTheDefaultIsUnsupported(): void
    {
        $s3 = $this->storage([], ['acl' => 'off']);
        self::assertRefusedLocally('UNSUPPORTED', static fn () => $s3->write('a', 'x', visibility: 'public'));
        self::assertFalse($s3->exists('a'));
        self::assertNull($s3->write('a', 'x', visibility: 'private')->visibility);
        self::assertRefusedLocally('UNSUPPORTED', static fn () => $s3->setVisibility('a', 'public'));
        $s3->setVisibility('a', 'private');
        self::assertSame('private', $s3->getVisibility('a'));
    }

    public function testWithAclOffTheDefaultIsWhatIsReported(): void
    {
        $s3 = $this->storage([], ['acl' => 'off', 'visibility' => 'public']);
        $s3->write('a', 'x');
        self::assertSame('public', $s3->getVisibility('a'));
        self::assertSame('public', $s3->getMetadata('a', visibility: true)->visibility);
    }

    /**
     * @dataProvider providersWithoutObjectAcls
     */
    public function testWithoutObjectAclsPublicIsUnsupportedBeforeAnythingIsSent(string $provider): void
    {
        $s3 = $this->storage(['provider' => $provider]);
        $exception = self::assertFails('UNSUPPORTED', static fn () => $s3->write('a', 'x', visibility: 'public'));
        self::assertSame(0, $exception->getAttempts());
        self::assertStringContainsString('no object ACLs', $exception->getMessage());
        self::assertFalse($s3->exists('a'));
        $s3->write('a', 'x');
        self::assertFails('UNSUPPORTED', static fn () => $s3->setVisibility('a', 'public'));
        self::assertFails('UNSUPPORTED', static fn () => $s3->copy('a', 'b', visibility: 'public'));
        self::assertFails('UNSUPPORTED', static fn () => $s3->presignPut('c', visibility: 'public'));
        self::assertFalse($s3->exists('b'));
        self::assertSame('private', $s3->getVisibility('a'));
    }

    /** @return iterable<string, array{string}> */
    public static function providersWithoutObjectAcls(): iterable
    {
        foreach (['minio', 'r2', 'b2', 'garage'] as $provider) {
            yield $provider => [$provider];
        }
    }

    public function testMinioUnderTheGenericProfileIsFoundOutByReadingTheAclBack(): void
    {
        if (!Environment::isMinio()) {
            self::markTestSkipped('needs a MinIO');
        }
        $s3 = $this->storage(['provider' => 'generic']);
        self::assertFails('UNSUPPORTED', static fn () => $s3->write('a', 'x', visibility: 'public'));
        $s3->write('b', 'x');
        self::assertFails('UNSUPPORTED', static fn () => $s3->setVisibility('b', 'public'));
        self::assertFails('UNSUPPORTED', static fn () => $s3->copy('b', 'c', visibility: 'public'));
        self::assertSame('private', $s3->getVisibility('b'));
    }

    public function testVisibilityOfAMissingObjectIsAnError(): void
    {
        self::skipOnMinio('MinIO has no object ACLs, so nothing is asked');
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->getVisibility('missing'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->setVisibility('missing', 'public'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->getMetadata('missing', visibility: true));
    }

    public function testUnknownVisibilityIsRefusedBeforeAnythingIsSent(): void
    {
        foreach (['', 'PUBLIC', 'public-read', 'public '] as $visibility) {
            $set = fn () => $this->s3->setVisibility('a', $visibility);
            $message = self::assertRefusedLocally('INVALID_VISIBILITY', $set)->getMessage();
            self::assertStringContainsString('visibility must be "public" or "private"', $message);
        }
    }

    private function assertPublic(string $name, string $content): void
    {
        $response = RawHttp::get($this->s3->getPublicUrl($name));
        self::assertSame([200, $content], [$response->status, $response->body]);
        self::assertSame('public', $this->s3->getVisibility($name));
    }

    private function assertPrivate(string $name): void
    {
        self::assertSame(403, RawHttp::get($this->s3->getPublicUrl($name))->status);
        self::assertSame('private', $this->s3->getVisibility($name));
    }
}
