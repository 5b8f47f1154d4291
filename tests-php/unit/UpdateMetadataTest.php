<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** What stands beside a content is changed without the content. */
final class UpdateMetadataTest extends StorageTestCase
{
    private const BEFORE = [
        'contentType' => 'a/b',
        'cacheControl' => 'no-store',
        'contentDisposition' => 'inline',
        'metadata' => ['k' => 'v'],
        'options' => ['contentLanguage' => 'en', 'tags' => ['t' => '1']],
    ];

    public function testOnlyWhatIsNamedChanges(): void
    {
        $this->s3->write('a', 'content', ...self::BEFORE);
        $info = $this->s3->updateMetadata('a', cacheControl: 'max-age=5', options: ['contentLanguage' => 'de']);
        self::assertSame(['a', 7, 'a/b'], [$info->pathname, $info->size, $info->mimeType]);
        $headers = RawHttp::get($this->s3->presignGet('a')->url)->headers;
        self::assertSame('max-age=5', $headers['cache-control']);
        self::assertSame('de', $headers['content-language']);
        self::assertSame('inline', $headers['content-disposition']);
        $there = $this->s3->readObject('a');
        self::assertSame('content', $there->content);
        self::assertSame(['a/b', ['k' => 'v']], [$there->info->mimeType, $there->info->metadata]);
        self::assertSame(['t' => '1'], $this->s3->getTags('a'));
    }

    public function testMetadataIsReplacedAsAWhole(): void
    {
        $this->s3->write('a', 'content', ...self::BEFORE);
        $this->s3->updateMetadata('a', 'c/d', metadata: ['new' => 1]);
        $info = $this->s3->getMetadata('a');
        self::assertSame(['c/d', ['new' => '1']], [$info->mimeType, $info->metadata]);
        $this->s3->updateMetadata('a', metadata: []);
        self::assertSame([], $this->s3->getMetadata('a')->metadata);
        self::assertSame('c/d', $this->s3->updateMetadata('a')->mimeType);
    }

    public function testVisibilityStays(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->write('a', 'content', 'public');
        $this->s3->updateMetadata('a', 'c/d');
        self::assertSame('public', $this->s3->getVisibility('a'));
        $this->s3->setVisibility('a', 'private');
        $this->s3->updateMetadata('a', 'e/f');
        self::assertSame('private', $this->s3->getVisibility('a'));
    }

    public function testTheStorageClassChangesAndStays(): void
    {
        $class = Environment::isMinio() ? 'REDUCED_REDUNDANCY' : 'STANDARD_IA';
        $this->s3->write('a', 'content');
        self::assertSame($class, $this->s3->updateMetadata('a', storageClass: $class)->storageClass);
        $this->s3->updateMetadata('a', 'c/d');
        self::assertSame($class, $this->s3->getMetadata('a')->storageClass);
    }

    public function testEncryptionStays(): void
    {
        $this->s3->write('a', 'content', options: ['encryption' => 'aws:kms']);
        $this->s3->updateMetadata('a', 'c/d');
        $headers = RawHttp::get($this->s3->presignGet('a')->url)->headers;
        self::assertSame('aws:kms', $headers['x-amz-server-side-encryption']);
    }

    public function testALargeObjectIsCopiedAndChangedInParts(): void
    {
        $server = Server::start('--copy-limit', (string) (5 << 20));
        $s3 = new S3Storage($server->config());
        $content = random_bytes((11 << 20) + 1);
        $s3->write('a', $content, ...self::BEFORE);
        $s3->updateMetadata('a', metadata: ['new' => '1']);
        self::assertSameBytes($content, $s3->read('a'));
        $s3->move('a', 'b');
        $there = $s3->readObject('b');
        self::assertSameBytes($content, $there->content);
        self::assertSame(['a/b', ['new' => '1']], [$there->info->mimeType, $there->info->metadata]);
        self::assertSame(['t' => '1'], $s3->getTags('b'));
        self::assertFalse($s3->exists('a'));
    }

    public function testWhatIsMissingOrWrongIsRefused(): void
    {
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->updateMetadata('missing', 'c/d'));
        foreach (["a\r\nb", "a\0b"] as $wrong) {
            foreach (['contentType', 'cacheControl', 'contentDisposition', 'storageClass'] as $name) {
                $update = fn () => $this->s3->updateMetadata('a', ...[$name => $wrong]);
                self::assertRefusedLocally('INVALID_ARGUMENT', $update);
            }
            $update = fn () => $this->s3->updateMetadata('a', metadata: ['k' => $wrong]);
            self::assertRefusedLocally('INVALID_ARGUMENT', $update);
            $update = fn () => $this->s3->updateMetadata('a', options: ['contentEncoding' => $wrong]);
            self::assertRefusedLocally('INVALID_ARGUMENT', $update);
        }
        $update = fn () => $this->s3->updateMetadata('a', options: ['tags' => []]);
        self::assertRefusedLocally('INVALID_ARGUMENT', $update);
    }
}
