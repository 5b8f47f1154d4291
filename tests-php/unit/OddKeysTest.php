<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\S3Exception;

/** Names that are easy to get wrong: each must come back byte for byte, or be refused before anything is sent. */
final class OddKeysTest extends StorageTestCase
{
    /** Names that MinIO does not store as they are: its keys are paths of a file system. */
    private const REFUSED_BY_MINIO = ['slash first', 'slash twice', 'slash last', 'one long segment', 'backslash',
        'like a URL'];

    /**
     * @dataProvider oddNames
     */
    public function testAnOddNameWorksInEveryOperation(string $name): void
    {
        $this->skipWhereMinioRefuses();
        $this->s3->write('neighbour', 'untouched');
        $this->walkThrough($this->s3, $name);
        self::assertSame(['neighbour'], self::pathnames($this->s3->list()));
        self::assertSame('untouched', $this->s3->read('neighbour'));
    }

    /**
     * @dataProvider oddNames
     */
    public function testAnOddNameWorksInABucketWithoutPrefix(string $name): void
    {
        $this->skipWhereMinioRefuses();
        $bare = $this->storage([], ['prefix' => '']);
        try {
            $this->walkThrough($bare, $name);
        } finally {
            $bare->delete($name);
            $bare->delete("$name-copy");
        }
    }

    /** @return iterable<string, array{string}> */
    public static function oddNames(): iterable
    {
        yield 'composed accents' => ["\u{e9}t\u{e9}.txt"];
        yield 'decomposed accents' => ["e\u{301}te\u{301}.txt"];
        yield 'other scripts' => ['Ελλάδα/日本語/한국어.txt'];
        yield 'beyond the first plane' => ["\u{1f4be}\u{10ffff}"];
        yield 'space' => ['a b  c.txt'];
        yield 'space first' => [' a'];
        yield 'space last' => ['a '];
        yield 'only a space' => [' '];
        yield 'no-break and line separator' => ["a\u{a0}b\u{2028}c\u{85}d"];
        yield 'zero width and byte order mark' => ["\u{feff}a\u{200b}"];
        yield 'plus' => ['a+b c+'];
        yield 'percent' => ['100%'];
        yield 'percent-encoded slash' => ['a%2Fb%2f%00%zz'];
        yield 'slash first' => ['/a'];
        yield 'slash twice' => ['a//b///c'];
        yield 'slash last' => ['dir/'];
        yield 'backslash' => ['a\\b'];
        yield 'newline' => ["a\nb"];
        yield 'carriage return' => ["a\rb\r\n"];
        yield 'tab' => ["a\tb"];
        yield 'control characters' => ["\x01\x02\x1b[31m\x7f"];
        yield 'query and fragment' => ['a?b=c&d=e#f'];
        yield 'markup' => ['<a href="x">&amp;\'</a>'];
        yield 'reserved characters' => ['a:b;c=d@e,f!g$h(i)j*k[l]{m}|n^o`p~q'];
        yield 'dots that are no segments' => ['.../.hidden/..a/b../a..b'];
        yield 'zero' => ['0'];
        yield 'digits' => ['2026'];
        yield 'like an option' => ['--help'];
        yield 'like a URL' => ['http://host/a'];
        yield 'like a query of S3' => ['?acl'];
        yield 'long, in segments' => [str_repeat(str_repeat('x', 99) . '/', 9) . 'end'];
        yield 'one long segment' => [str_repeat('é', 400)];
    }

    public function testTheLongestKeyHas1024BytesWithItsPrefix(): void
    {
        self::skipOnMinio('its segments have at most 255 bytes');
        $longest = str_repeat('x', 1024 - strlen($this->prefix));
        $this->s3->write($longest, 'x');
        self::assertSame([$longest], self::pathnames($this->s3->list()));
        $exception = self::assertRefusedLocally('INVALID_PATHNAME', fn () => $this->s3->write("{$longest}x", 'x'));
        self::assertStringContainsString('must not be longer than 1024 bytes', $exception->getMessage());
        self::assertStringContainsString('this one has 1025', $exception->getMessage());
        self::assertLessThan(400, strlen($exception->getMessage()));
    }

    /**
     * @dataProvider impossibleNames
     */
    public function testAnImpossibleNameIsRefusedByEveryOperationBeforeAnythingIsSent(string $name, string $why): void
    {
        $nowhere = $this->storage(['endpoint' => SilentServer::closedPort()]);
        $calls = [
            fn () => $nowhere->write($name, 'x'),
            fn () => $nowhere->read($name),
            fn () => $nowhere->readObject($name),
            fn () => $nowhere->exists($name),
            fn () => $nowhere->delete($name),
            fn () => $nowhere->copy($name, 'b'),
            fn () => $nowhere->copy('a', $name),
            fn () => $nowhere->move($name, 'b'),
            fn () => $nowhere->move('a', $name),
            fn () => $nowhere->getMetadata($name),
            fn () => $nowhere->getVisibility($name),
            fn () => $nowhere->setVisibility($name, 'private'),
            fn () => $nowhere->getPublicUrl($name),
            fn () => $nowhere->getPublicUrl($name, 60),
            fn () => $nowhere->presignGet($name),
            fn () => $nowhere->presignPut($name),
            fn () => $nowhere->presignPost($name),
        ];
        foreach ($calls as $call) {
            $message = self::assertRefusedLocally('INVALID_PATHNAME', $call)->getMessage();
            self::assertStringContainsString($why, $message);
        }
    }

    /** @return iterable<string, array{string, string}> */
    public static function impossibleNames(): iterable
    {
        yield 'empty' => ['', 'must not be empty'];
        yield 'not UTF-8' => ["a\xff", 'must be UTF-8'];
        yield 'UTF-8 cut short' => ["a\xc3", 'must be UTF-8'];
        yield 'overlong UTF-8' => ["\xc0\xaf", 'must be UTF-8'];
        yield 'a surrogate' => ["\xed\xa0\x80", 'must be UTF-8'];
        yield 'NUL' => ["a\0b", 'must not contain a NUL byte'];
        yield 'dot' => ['.', '`.` or `..` segment'];
        yield 'dot dot' => ['..', '`.` or `..` segment'];
        yield 'climbing' => ['../other/a', '`.` or `..` segment'];
        yield 'climbing within' => ['a/../../b', '`.` or `..` segment'];
        yield 'dot last' => ['a/.', '`.` or `..` segment'];
        yield 'dot first' => ['./a', '`.` or `..` segment'];
        yield 'too long' => [str_repeat('x', 1025), 'must not be longer than 1024 bytes'];
    }

    public function testAnImpossiblePrefixOfAListingIsRefused(): void
    {
        foreach (["\xff", "a\0", str_repeat('x', 1025)] as $prefix) {
            self::assertRefusedLocally('INVALID_PATHNAME', fn () => $this->s3->listPage($prefix));
            self::assertRefusedLocally('INVALID_PATHNAME', fn () => iterator_to_array($this->s3->list($prefix)));
        }
    }

    public function testAListingMayBeginInTheMiddleOfADotSegmentAndNeverClimbs(): void
    {
        self::skipOnMinio('MinIO refuses such prefixes itself, with XMinioInvalidResourceName');
        $this->s3->write('docs/.hidden', 'x');
        self::assertSame(['docs/.hidden'], array_map(
            static fn ($object) => $object->pathname,
            $this->s3->listPage('docs/.')->objects
        ));
        self::assertSame([], $this->s3->listPage('../')->objects);
    }

    public function testControlCharactersOfANameAreEscapedInMessages(): void
    {
        $exception = self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read("a\nb\x1b[31m"));
        self::assertStringStartsWith('read a\nb\u{1b}[31m: no such object (', $exception->getMessage());
    }

    private function walkThrough(S3Storage $s3, string $name): void
    {
        $content = "content of $name";
        self::assertFalse($s3->exists($name));
        self::assertSame($name, $s3->write($name, $content)->pathname);
        self::assertTrue($s3->exists($name));
        self::assertSame($content, $s3->read($name));
        self::assertSame($name, $s3->readObject($name)->info->pathname);
        self::assertSame($name, $s3->getMetadata($name)->pathname);
        self::assertSame([$name], self::pathnames($s3->list($name)));
        self::assertSame([$name], self::pathnames($s3->listPage($name)->objects));
        self::assertSame([], self::pathnames($s3->list($name, startAfter: $name)));
        self::assertSame($content, RawHttp::get($s3->presignGet($name)->url)->body);
        self::assertSame($content, RawHttp::get($s3->getPublicUrl($name, 60))->body);

        self::assertSame("$name-copy", $s3->copy($name, "$name-copy")->pathname);
        self::assertSame($content, $s3->read("$name-copy"));
        $s3->delete($name);
        self::assertFalse($s3->exists($name));
        self::assertSame($name, $s3->move("$name-copy", $name)->pathname);
        self::assertFalse($s3->exists("$name-copy"));
        self::assertSame($content, $s3->read($name));

        $put = $s3->presignPut($name);
        self::assertSame(200, RawHttp::put($put->url, 'uploaded', $put->headers)->status);
        self::assertSame('uploaded', $s3->read($name));
        $form = $s3->presignPost($name);
        $posted = Curl::post($form->url, $form->fields, 'posted');
        self::assertSame(204, $posted->status, $posted->body);
        self::assertSame('posted', $s3->read($name));
        $s3->delete($name);
        self::assertFalse($s3->exists($name));
        $missing = self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read($name));
        self::assertInstanceOf(S3Exception::class, $missing);
    }

    private function skipWhereMinioRefuses(): void
    {
        if (in_array($this->dataName(), self::REFUSED_BY_MINIO, true)) {
            self::skipOnMinio('MinIO has no such keys');
        }
    }
}
