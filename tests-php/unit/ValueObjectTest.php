<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Error;
use PHPUnit\Framework\TestCase;
use ReflectionClass;
use S3Storage\BatchResult;
use S3Storage\ListPage;
use S3Storage\ObjectContent;
use S3Storage\ObjectInfo;
use S3Storage\ObjectLock;
use S3Storage\ObjectResponse;
use S3Storage\ObjectVersion;
use S3Storage\PresignedPost;
use S3Storage\PresignedUrl;
use S3Storage\SyncResult;
use S3Storage\Upload;

/** Results are plain, read-only data that an application can also make itself. */
final class ValueObjectTest extends TestCase
{
    /**
     * @dataProvider values
     */
    public function testAValueIsFinalAndAllItsPropertiesAreReadOnly(object $value): void
    {
        $class = new ReflectionClass($value);
        self::assertTrue($class->isFinal());
        self::assertNotSame([], $class->getProperties());
        foreach ($class->getProperties() as $property) {
            self::assertTrue($property->isPublic() && $property->isReadOnly() && $property->hasType(), $property->name);
            $this->assertReadOnly($value, $property->name);
        }
    }

    private function assertReadOnly(object $value, string $name): void
    {
        $attempts = [
            static fn () => $value->$name = 'changed',
            static function () use ($value, $name): void {
                unset($value->$name);
            },
        ];
        if (!is_object($value->$name)) {
            $attempts[] = static function () use ($value, $name): void {
                $reference = &$value->$name;
            };
        }
        foreach ($attempts as $attempt) {
            $before = serialize($value->$name);
            try {
                $attempt();
                self::fail("$name could be changed");
            } catch (Error $error) {
                $property = preg_quote($value::class . "::\$$name", '/');
                self::assertMatchesRegularExpression(
                    "/^Cannot (indirectly )?(modify|unset) readonly property $property\$/",
                    $error->getMessage(),
                );
            }
            self::assertSame($before, serialize($value->$name));
        }
    }

    /**
     * @dataProvider values
     */
    public function testAValueHasNoOtherProperties(object $value): void
    {
        $this->expectException(Error::class);
        $this->expectExceptionMessage('Cannot create dynamic property ' . $value::class . '::$other');
        $value->other = 1;
    }

    /**
     * @dataProvider values
     */
    public function testAValueCanBeClonedComparedAndSerialized(object $value): void
    {
        $clone = clone $value;
        self::assertNotSame($value, $clone);
        self::assertEquals($value, $clone);
        self::assertNotSame('', var_export($value, true));
        // A stream does not leave its process.
        if (!$value instanceof ObjectResponse) {
            $copy = unserialize(serialize($value));
            self::assertEquals($value, $copy);
            self::assertSame(get_object_vars($value) == get_object_vars($copy), true);
        }
    }

    /**
     * @dataProvider values
     */
    public function testAValueIsConstructedOnlyOnce(object $value): void
    {
        $arguments = array_values(get_object_vars($value));
        $this->expectException(Error::class);
        $this->expectExceptionMessage('Cannot modify readonly property');
        $value->__construct(...$arguments);
    }

    /** @return iterable<string, array{object}> */
    public static function values(): iterable
    {
        $info = new ObjectInfo('a', 1, 2, 'text/plain', '"e"', 'public', 'GLACIER', 'v', ['k' => 'v'], false);
        yield 'ObjectInfo' => [$info];
        yield 'ObjectContent' => [new ObjectContent("\0bytes", $info)];
        yield 'ListPage' => [new ListPage([$info], ['b/'], 'token')];
        yield 'Upload' => [new Upload('a', 'id', 5)];
        yield 'BatchResult' => [new BatchResult(['a'], [])];
        yield 'SyncResult' => [new SyncResult(['a'], ['b'], 3, [])];
        yield 'PresignedPost' => [new PresignedPost('http://host/', ['key' => 'a'], 5)];
        yield 'ObjectVersion' => [new ObjectVersion('a', 'v', true, false, 1, 2, '"e"', 'GLACIER')];
        yield 'ObjectLock' => [new ObjectLock('COMPLIANCE', 5, true)];
        yield 'ObjectResponse' => [new ObjectResponse(304, ['ETag' => '"e"'])];
        yield 'PresignedUrl' => [new PresignedUrl('http://host/', 'PUT', ['content-type' => 'a/b'], 5)];
    }

    public function testAnInfoNeedsOnlyItsPathname(): void
    {
        $info = new ObjectInfo('a');
        self::assertSame([
            'pathname' => 'a', 'size' => null, 'lastModified' => null, 'mimeType' => null, 'etag' => null,
            'visibility' => null, 'storageClass' => null, 'versionId' => null, 'metadata' => null,
            'isDirectory' => false,
        ], get_object_vars($info));
        self::assertTrue((new ObjectInfo('d/', isDirectory: true))->isDirectory);
        self::assertSame(['k' => 'v'], (new ObjectInfo('a', metadata: ['k' => 'v']))->metadata);
    }

    public function testAPageMayBeEmpty(): void
    {
        $page = new ListPage();
        self::assertSame(['objects' => [], 'prefixes' => [], 'nextToken' => null], get_object_vars($page));
    }

    public function testAContentSharesItsInfo(): void
    {
        $info = new ObjectInfo('a');
        self::assertSame($info, (new ObjectContent('x', $info))->info);
    }

    public function testAContentTakesNoOtherInfo(): void
    {
        $this->expectException(\TypeError::class);
        $message = 'Argument #2 ($info) must be of type S3Storage\ObjectInfo, stdClass given';
        $this->expectExceptionMessage("S3Storage\\ObjectContent::__construct(): $message");
        new ObjectContent('x', new \stdClass());
    }

    public function testAUrlNeedsAllOfItsParts(): void
    {
        $this->expectException(\ArgumentCountError::class);
        $this->expectExceptionMessage('S3Storage\PresignedUrl::__construct() expects exactly 4 arguments, 1 given');
        new PresignedUrl(...['http://host/']);
    }

    public function testAUrlIsNotPrintedByAccident(): void
    {
        self::assertNotInstanceOf(\Stringable::class, new PresignedUrl('http://host/', 'GET', [], 5));
    }

    public function testArraysOfACallerAreNotShared(): void
    {
        $metadata = ['k' => 'v'];
        $info = new ObjectInfo('a', metadata: $metadata);
        $metadata['k'] = 'changed';
        self::assertSame(['k' => 'v'], $info->metadata);
    }

    public function testAValueCanStandInAWeakMap(): void
    {
        $info = new ObjectInfo('a');
        $map = new \WeakMap();
        $map[$info] = 1;
        self::assertCount(1, $map);
        unset($info);
        self::assertCount(0, $map);
    }
}
