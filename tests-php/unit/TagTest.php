<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Tags. */
final class TagTest extends StorageTestCase
{
    public function testTagsAreReplacedAsAWhole(): void
    {
        $this->s3->write('a', 'x', options: ['tags' => ['one' => '1', 'two' => 2]]);
        self::assertEquals(['one' => '1', 'two' => '2'], $this->s3->getTags('a'));
        $odd = ['a b' => '1+1=2', 'path/x' => '', '7' => 'seven'];
        if (!Environment::isMinio()) {
            $odd['é'] = '"<&>';                         // MinIO takes ASCII only: InvalidTag
        }
        $this->s3->setTags('a', $odd);
        self::assertEquals($odd, $this->s3->getTags('a'));
        $this->s3->setTags('a', []);
        self::assertSame([], $this->s3->getTags('a'));
        self::assertSame('x', $this->s3->read('a'));
    }

    public function testAMissingObjectHasNoTags(): void
    {
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->getTags('missing'));
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->setTags('missing', ['k' => 'v']));
    }

    /**
     * @dataProvider wrong
     * @param array<mixed> $tags
     */
    public function testWrongTagsAreRefusedBeforeAnythingIsSent(array $tags): void
    {
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->setTags('a', $tags));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->write('a', 'x', options: ['tags' => $tags]));
    }

    /** @return iterable<string, array{array<mixed>}> */
    public static function wrong(): iterable
    {
        yield 'eleven' => [array_fill_keys(range(1, 11), 'v')];
        yield 'no name' => [['' => 'v']];
        yield 'long name' => [[str_repeat('ä', 129) => 'v']];
        yield 'long value' => [['k' => str_repeat('ä', 257)]];
        yield 'line break' => [["a\r\nb" => 'v']];
        yield 'NUL' => [['k' => "a\0b"]];
        yield 'array' => [['k' => ['v']]];
        yield 'not UTF-8' => [['k' => "\xff"]];
    }

    public function testCopiesKeepTags(): void
    {
        $other = Server::start();
        $config = $this->config();
        $config['default'] = 'files';
        $config['servers']['other'] = $other->section();
        $config['buckets']['away'] = ['server' => 'other', 'bucket' => Server::BUCKET];
        $s3 = new S3Storage($config);
        $s3->write('a', 'x', options: ['tags' => ['k' => 'v']]);
        $s3->copy('a', 'b');
        self::assertSame(['k' => 'v'], $s3->getTags('b'));
        $s3->move('b', 'c', 'away');
        self::assertSame(['k' => 'v'], $s3->bucket('away')->getTags('c'));
    }
}
