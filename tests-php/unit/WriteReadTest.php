<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage\ObjectInfo;

/** Content in and out, whole and in part, with what goes along. */
final class WriteReadTest extends StorageTestCase
{
    /**
     * @dataProvider contents
     */
    public function testContentComesBackByteForByte(callable $make): void
    {
        $content = $make();
        $info = $this->s3->write('content.bin', $content);
        self::assertSame(strlen($content), $info->size);
        self::assertSameBytes($content, $this->s3->read('content.bin'));
        self::assertSame(strlen($content), $this->s3->getMetadata('content.bin')->size);
    }

    /** @return iterable<string, array{callable(): string}> */
    public static function contents(): iterable
    {
        yield 'nothing' => [static fn () => ''];
        yield 'one byte' => [static fn () => "\0"];
        yield 'every byte value' => [static fn () => implode('', array_map(chr(...), range(0, 255)))];
        yield 'line ends' => [static fn () => "a\r\nb\nc\r\0d"];
        yield 'not UTF-8' => [static fn () => "\xff\xfe\xc3"];
        yield '5 MiB' => [static fn () => random_bytes(5 << 20)];
        yield '64 MiB' => [static fn () => str_repeat(random_bytes(1 << 16), 1 << 10)];
    }

    public function testWriteReplacesAnExistingObject(): void
    {
        $this->s3->write('a.txt', 'the first, longer', metadata: ['version' => '1']);
        $this->s3->write('a.txt', 'second');
        self::assertSame('second', $this->s3->read('a.txt'));
        self::assertSame([], $this->s3->getMetadata('a.txt')->metadata);
    }

    public function testWriteTellsWhatItWrote(): void
    {
        $info = $this->s3->write('a.txt', 'hello', metadata: ['owner' => 'ann']);
        self::assertSame('a.txt', $info->pathname);
        self::assertSame(5, $info->size);
        self::assertSame('text/plain', $info->mimeType);
        self::assertSame('"' . md5('hello') . '"', $info->etag);
        self::assertSame(['owner' => 'ann'], $info->metadata);
        self::assertNull($info->visibility);
        self::assertNull($info->lastModified);
        self::assertFalse($info->isDirectory);
    }

    public function testMetadataTellsWhatTheServerKnows(): void
    {
        $before = time();
        $written = $this->s3->write('a.txt', 'hello', metadata: ['owner' => 'ann', 'note' => 'a b=c; "d"']);
        $info = $this->s3->getMetadata('a.txt');
        self::assertSame('a.txt', $info->pathname);
        self::assertSame(5, $info->size);
        self::assertSame('text/plain', $info->mimeType);
        self::assertSame($written->etag, $info->etag);
        self::assertEqualsCanonicalizing(['owner' => 'ann', 'note' => 'a b=c; "d"'], $info->metadata);
        self::assertEqualsWithDelta($before, $info->lastModified, 2);
        self::assertNull($info->visibility);
    }

    /**
     * @dataProvider contentTypes
     */
    public function testContentTypeIsGuessedUnlessGiven(string $name, ?string $given, string $type): void
    {
        self::assertSame($type, $this->s3->write($name, 'x', contentType: $given)->mimeType);
        self::assertSame($type, $this->s3->getMetadata($name)->mimeType);
    }

    /** @return iterable<string, array{string, ?string, string}> */
    public static function contentTypes(): iterable
    {
        yield 'jpeg' => ['photo.jpg', null, 'image/jpeg'];
        yield 'upper case' => ['PHOTO.PNG', null, 'image/png'];
        yield 'json' => ['deep/er/data.json', null, 'application/json'];
        yield 'no extension' => ['README', null, 'application/octet-stream'];
        yield 'unknown extension' => ['a.qqqq', null, 'application/octet-stream'];
        yield 'given' => ['photo.jpg', 'text/html; charset=utf-8', 'text/html; charset=utf-8'];
    }

    /**
     * @dataProvider ranges
     */
    public function testARangeIsReadAsAskedFor(int $offset, ?int $length, string $expected): void
    {
        $this->s3->write('ten', '0123456789');
        self::assertSame($expected, $this->s3->read('ten', $offset, $length));
        $object = $this->s3->readObject('ten', $offset, $length);
        self::assertSame($expected, $object->content);
        self::assertSame(10, $object->info->size);
    }

    /** @return iterable<string, array{int, ?int, string}> */
    public static function ranges(): iterable
    {
        yield 'all' => [0, null, '0123456789'];
        yield 'first byte' => [0, 1, '0'];
        yield 'middle' => [3, 4, '3456'];
        yield 'from the middle' => [7, null, '789'];
        yield 'last byte' => [9, 1, '9'];
        yield 'over the end' => [8, 100, '89'];
        yield 'huge length' => [1, PHP_INT_MAX, '123456789'];
        yield 'exactly all' => [0, 10, '0123456789'];
    }

    /**
     * @dataProvider offsetsBehindTheEnd
     */
    public function testARangeBehindTheEndIsAnError(string $content, int $offset): void
    {
        $this->s3->write('short', $content);
        $exception = self::assertFails('S3_OPERATION_FAILED', fn () => $this->s3->read('short', offset: $offset));
        self::assertStringContainsString("offset $offset is at or behind the end", $exception->getMessage());
        self::assertFalse($exception->isRetryable());
    }

    /** @return iterable<string, array{string, int}> */
    public static function offsetsBehindTheEnd(): iterable
    {
        yield 'at the end' => ['0123456789', 10];
        yield 'far behind' => ['0123456789', PHP_INT_MAX];
        yield 'of an empty object' => ['', 1];
    }

    public function testTheFirstBytesOfAnEmptyObjectAreNoBytes(): void
    {
        $this->s3->write('empty', '');
        self::assertSame('', $this->s3->read('empty', length: 10));
        self::assertSame(0, $this->s3->readObject('empty', length: 10)->info->size);
    }

    public function testImpossibleRangesAreRefusedBeforeAnythingIsSent(): void
    {
        $offset = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->read('a', offset: -1));
        self::assertStringContainsString('offset must be 0 or more bytes, not -1', $offset->getMessage());
        foreach ([0, -5] as $length) {
            $exception = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->read('a', length: $length));
            self::assertStringContainsString("length must be at least 1 byte, not $length", $exception->getMessage());
        }
    }

    public function testReadObjectBringsContentAndInfoTogether(): void
    {
        $written = $this->s3->write('a.json', '{}', metadata: ['k' => 'v']);
        $object = $this->s3->readObject('a.json');
        self::assertSame('{}', $object->content);
        self::assertInstanceOf(ObjectInfo::class, $object->info);
        self::assertSame('a.json', $object->info->pathname);
        self::assertSame($written->etag, $object->info->etag);
        self::assertSame(['k' => 'v'], $object->info->metadata);
        self::assertSame('application/json', $object->info->mimeType);
        self::assertEqualsWithDelta(time(), $object->info->lastModified, 2);
    }

    public function testAConditionalReadComparesTheEtag(): void
    {
        $etag = (string) $this->s3->write('a', 'one')->etag;
        self::assertSame('one', $this->s3->read('a', ifMatch: $etag));
        $unchanged = self::assertFails('NOT_MODIFIED', fn () => $this->s3->read('a', ifNoneMatch: $etag));
        self::assertStringContainsString('read a: not modified (', $unchanged->getMessage());
        $this->s3->write('a', 'two');
        self::assertSame('two', $this->s3->read('a', ifNoneMatch: $etag));
        self::assertFails('PRECONDITION_FAILED', fn () => $this->s3->read('a', ifMatch: $etag));
        self::assertFails('PRECONDITION_FAILED', fn () => $this->s3->readObject('a', ifMatch: $etag));
    }

    public function testAConditionalWriteNeverReplaces(): void
    {
        $this->s3->write('once', 'first', ifNoneMatch: '*');
        $again = fn () => $this->s3->write('once', 'second', ifNoneMatch: '*');
        $exception = self::assertFails('PRECONDITION_FAILED', $again);
        self::assertSame('PreconditionFailed', $exception->getAwsErrorCode());
        self::assertSame('first', $this->s3->read('once'));
    }

    public function testAWriteWithAnEtagReplacesOnlyThatVersion(): void
    {
        $etag = (string) $this->s3->write('a', 'one')->etag;
        $second = (string) $this->s3->write('a', 'two', ifMatch: $etag)->etag;
        self::assertFails('PRECONDITION_FAILED', fn () => $this->s3->write('a', 'three', ifMatch: $etag));
        self::assertSame('two', $this->s3->read('a', ifMatch: $second));
    }

    public function testOnlyTheStarIsAConditionAgainstAnExistingObject(): void
    {
        $write = fn () => $this->s3->write('a', 'x', ifNoneMatch: '"abc"');
        $exception = self::assertRefusedLocally('INVALID_ARGUMENT', $write);
        self::assertStringContainsString('ifNoneMatch of a write must be "*"', $exception->getMessage());
    }

    public function testHeadersOfAWriteAreKeptByTheServer(): void
    {
        $this->s3->write(
            'page',
            '<p>',
            contentType: 'text/html',
            cacheControl: 'max-age=60',
            contentDisposition: 'attachment; filename="page.html"',
            storageClass: 'REDUCED_REDUNDANCY',
            options: [
                'contentLanguage' => 'de',
                'contentEncoding' => 'identity',
                'tags' => ['a b' => 'c=d/e+f', 'x' => 1],
            ],
        );
        $headers = RawHttp::get($this->s3->presignGet('page')->url)->headers;
        self::assertSame('text/html', $headers['content-type']);
        self::assertSame('max-age=60', $headers['cache-control']);
        self::assertSame('attachment; filename="page.html"', $headers['content-disposition']);
        self::assertSame('de', $headers['content-language']);
        self::assertSame('identity', $headers['content-encoding']);
        self::assertSame('2', $headers['x-amz-tagging-count']);
        self::assertSame('REDUCED_REDUNDANCY', $this->s3->getMetadata('page')->storageClass);
    }

    public function testCompressedContentIsNotUnpacked(): void
    {
        $packed = (string) gzencode('hello');
        $this->s3->write('a.gz', $packed, options: ['contentEncoding' => 'gzip']);
        self::assertSameBytes($packed, $this->s3->read('a.gz'));
    }

    public function testUnknownOptionListsTheKnownOnes(): void
    {
        $write = fn () => $this->s3->write('a', 'x', options: ['acl' => 'public-read']);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $write)->getMessage();
        foreach (['acl', 'contentEncoding', 'contentLanguage', 'tags'] as $name) {
            self::assertStringContainsString($name, $message);
        }
        $read = fn () => $this->s3->read('a', options: ['version' => '1']);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $read)->getMessage();
        self::assertStringContainsString('versionId', $message);
    }

    /**
     * @dataProvider impossibleHeaders
     * @param array<string, mixed> $arguments
     */
    public function testValuesThatNoHeaderCanCarryAreRefusedBeforeAnythingIsSent(array $arguments, string $name): void
    {
        $write = fn () => $this->s3->write('a', 'x', ...$arguments);
        self::assertStringContainsString($name, self::assertRefusedLocally('INVALID_ARGUMENT', $write)->getMessage());
        self::assertFalse($this->s3->exists('a'));
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function impossibleHeaders(): iterable
    {
        foreach (["a\r\nX-Evil: 1", "a\nb", "a\0b", "a\x7f", 'ä', ' a', 'a ', ''] as $value) {
            $shown = json_encode($value);
            foreach (['contentType', 'cacheControl', 'contentDisposition', 'storageClass', 'ifMatch'] as $name) {
                yield "$name $shown" => [[$name => $value], $name];
            }
            yield "contentEncoding $shown" => [['options' => ['contentEncoding' => $value]], 'contentEncoding'];
            yield "contentLanguage $shown" => [['options' => ['contentLanguage' => $value]], 'contentLanguage'];
            if ($value !== '') {
                yield "metadata $shown" => [['metadata' => ['note' => $value]], 'metadata "note"'];
            }
        }
        foreach (['', 'a b', 'a:b', 'ä', "a\r\nb"] as $name) {
            yield 'metadata name ' . json_encode($name) => [['metadata' => [$name => 'x']], 'metadata name'];
        }
        yield 'metadata names of other case' => [['metadata' => ['Name' => '1', 'name' => '2']], 'there twice'];
    }

    public function testVisibilityIsPublicOrPrivateOnly(): void
    {
        foreach (['Public', 'public-read', ''] as $visibility) {
            $write = fn () => $this->s3->write('a', 'x', visibility: $visibility);
            $exception = self::assertRefusedLocally('INVALID_VISIBILITY', $write);
            self::assertStringContainsString("not \"$visibility\"", $exception->getMessage());
        }
    }

    public function testExistsAndDeleteAgree(): void
    {
        self::assertFalse($this->s3->exists('a'));
        $this->s3->write('a', '');
        self::assertTrue($this->s3->exists('a'));
        $this->s3->delete('a');
        self::assertFalse($this->s3->exists('a'));
        $this->s3->delete('a');
        self::assertFalse($this->s3->exists('a'));
    }

    public function testTheContentOfTheCallerIsNotChanged(): void
    {
        $content = $copy = random_bytes(1000);
        $this->s3->write('a', $content);
        $this->s3->write('b', $content);
        self::assertSameBytes($copy, $content);
        $read = $this->s3->read('a');
        $read[0] = 'X';
        self::assertSameBytes($copy, $this->s3->read('a'));
    }
}
