<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use ArgumentCountError;
use Error;
use S3Storage;
use S3Storage\Exception\InvalidArgumentException;
use stdClass;
use TypeError;

/** Arguments are taken as PHP's own functions take them, and refused in the same words. */
final class ArgumentTest extends StorageTestCase
{
    public function testNamedArgumentsMayStandInAnyOrderAndBeSkipped(): void
    {
        $info = $this->s3->write(content: '0123456789', metadata: ['k' => 'v'], pathname: 'a');
        self::assertSame(['k' => 'v'], $info->metadata);
        self::assertSame('789', $this->s3->read(offset: 7, pathname: 'a'));
        self::assertSame('012', $this->s3->read('a', length: 3));
        self::assertSame('x', $this->s3->copy(destination: 'x', source: 'a')->pathname);
        self::assertSame(['x'], self::pathnames($this->s3->list(startAfter: 'a')));
    }

    public function testNullIsTakenWhereATypeIsNullable(): void
    {
        $this->s3->write('a', 'x', null, null, null, null, [], null, null, null, null, null, []);
        self::assertSame('x', $this->s3->read('a', 0, null, null, null, []));
        self::assertSame('b', $this->s3->copy('a', 'b', null, null)->pathname);
        self::assertSame(['a', 'b'], self::pathnames($this->s3->list('', true, null, null)));
        self::assertSame(['a', 'b'], self::pathnames($this->s3->listPage('', true, null, null, null)->objects));
        self::assertNotSame('', $this->s3->presignGet('a', 60, null, null, [])->url);
        self::assertNotSame('', $this->s3->presignPut('a', 60, null, null, [])->url);
        self::assertNotSame('', $this->s3->presignPost('a', 60, null, null, null, null, null, [], [])->url);
        $this->s3->registerBucket('b', 'main', Environment::bucket(), '', 'private', null, 'auto');
    }

    /**
     * @dataProvider wrongTypes
     * @param list<mixed> $arguments
     */
    public function testAWrongTypeIsPhpsOwnTypeError(string $method, array $arguments, string $message): void
    {
        $call = fn () => $this->s3->$method(...$arguments);
        self::assertThrows(TypeError::class, "S3Storage::$method(): Argument #$message given", $call);
    }

    /** @return iterable<string, array{string, list<mixed>, string}> */
    public static function wrongTypes(): iterable
    {
        $object = new stdClass();
        yield 'array for string' => ['read', [[]], '1 ($pathname) must be of type string, array'];
        yield 'null for string' => ['read', [null], '1 ($pathname) must be of type string, null'];
        yield 'int for string' => ['write', ['a', 5], '2 ($content) must be of type string, int'];
        yield 'Stringable for string, strictly' => [
            'write', ['a', new Text('x')], '2 ($content) must be of type string, S3Storage\Tests\Text',
        ];
        yield 'object for ?string' => [
            'write', ['a', 'x', $object], '3 ($visibility) must be of type ?string, stdClass',
        ];
        yield 'string for array' => [
            'write', ['a', 'x', null, null, null, null, 'k'], '7 ($metadata) must be of type array, string',
        ];
        yield 'null for array' => [
            'write', ['a', 'x', null, null, null, null, null], '7 ($metadata) must be of type array, null',
        ];
        yield 'string for int' => ['read', ['a', '1'], '2 ($offset) must be of type int, string'];
        yield 'float for int' => ['read', ['a', 1.0], '2 ($offset) must be of type int, float'];
        yield 'string for ?int' => ['read', ['a', 0, '1'], '3 ($length) must be of type ?int, string'];
        yield 'int for bool' => ['list', ['', 1], '2 ($recursive) must be of type bool, int'];
        yield 'string for a moment' => [
            'presignGet', ['a', '60'], '2 ($expiresIn) must be of type DateTimeInterface|int, string',
        ];
        yield 'object for a moment' => [
            'getPublicUrl', ['a', $object], '2 ($expiresIn) must be of type DateTimeInterface|int, stdClass',
        ];
        yield 'null for a moment' => [
            'presignPut', ['a', null], '2 ($expiresIn) must be of type DateTimeInterface|int, null',
        ];
        yield 'string for options' => [
            'read', ['a', 0, null, null, null, 'x'], '6 ($options) must be of type array, string',
        ];
    }

    public function testAnOptionThatHasAParameterIsToldToBeANamedArgument(): void
    {
        $told = ['contentType' => 'contentType', 'ContentType' => 'contentType', 'cache_control' => 'cacheControl'];
        foreach ($told as $option => $parameter) {
            $message = "unknown option \"$option\": give the named argument $parameter, outside of options; known: "
                . 'contentEncoding, contentLanguage, tags, encryption, kmsKeyId, customerKey, retainUntil, '
                . 'retentionMode, legalHold';
            $write = fn () => $this->s3->write('a', 'x', options: [$option => 'text/plain']);
            self::assertThrows(InvalidArgumentException::class, $message, $write);
        }
        $delete = fn () => $this->s3->delete('a', options: ['contentType' => 'text/plain']);
        $message = 'unknown option "contentType"; known: versionId, bypassGovernance';
        self::assertThrows(InvalidArgumentException::class, $message, $delete);
    }

    public function testTheConstructorTakesAnArrayAStringOrNull(): void
    {
        $message = 'S3Storage::__construct(): Argument #1 ($config) must be of type array|string|null, int given';
        self::assertThrows(TypeError::class, $message, static fn () => new S3Storage(...[5]));
        $message = 'S3Storage::__construct(): Argument #1 ($config) must be of type array|string|null, stdClass given';
        self::assertThrows(TypeError::class, $message, static fn () => new S3Storage(...[new stdClass()]));
        $message = 'S3Storage::__construct() expects at most 1 argument, 2 given';
        self::assertThrows(ArgumentCountError::class, $message, static fn () => new S3Storage(...[[], []]));
    }

    /**
     * @dataProvider wrongCounts
     * @param list<mixed> $arguments
     */
    public function testAWrongNumberIsPhpsOwnArgumentCountError(string $method, array $arguments, string $message): void
    {
        $call = fn () => $this->s3->$method(...$arguments);
        self::assertThrows(ArgumentCountError::class, "S3Storage::$method() expects $message given", $call);
    }

    /** @return iterable<string, array{string, list<mixed>, string}> */
    public static function wrongCounts(): iterable
    {
        yield 'too few for write' => ['write', ['a'], 'at least 2 arguments, 1'];
        yield 'none for exists' => ['exists', [], 'exactly 1 argument, 0'];
        yield 'too many for exists' => ['exists', ['a', 'b'], 'exactly 1 argument, 2'];
        yield 'too many for read' => ['read', ['a', 0, 1, null, null, [], 'x'], 'at most 6 arguments, 7'];
        yield 'too few for copy' => ['copy', ['a'], 'at least 2 arguments, 1'];
        yield 'one for listBuckets' => ['listBuckets', ['a'], 'exactly 0 arguments, 1'];
        yield 'too few for registerBucket' => ['registerBucket', ['a', 'b'], 'at least 3 arguments, 2'];
    }

    public function testAnUnknownNamedParameterIsPhpsOwnError(): void
    {
        $call = fn () => $this->s3->read('a', ...['bucket' => 'x']);
        self::assertThrows(Error::class, 'Unknown named parameter $bucket', $call);
    }

    public function testAParameterGivenTwiceIsPhpsOwnError(): void
    {
        $call = fn () => $this->s3->read('a', ...['pathname' => 'b']);
        self::assertThrows(Error::class, 'Named parameter $pathname overwrites previous argument', $call);
    }

    public function testARequiredParameterThatIsSkippedByNameIsNamed(): void
    {
        $call = fn () => $this->s3->write(...['content' => 'x']);
        self::assertThrows(ArgumentCountError::class, 'S3Storage::write(): Argument #1 ($pathname) not passed', $call);
    }

    public function testWithoutStrictTypesScalarsAreConvertedAsEverywhereInPhp(): void
    {
        WeakCaller::call($this->s3, 'write', 2026, 3.5);
        self::assertSame('3.5', $this->s3->read('2026'));
        WeakCaller::call($this->s3, 'write', new Text('text'), new Text('0123456789'));
        self::assertSame('234', WeakCaller::call($this->s3, 'read', 'text', '2', 3.0));
        self::assertSame(['2026', 'text'], self::pathnames(WeakCaller::call($this->s3, 'list', '', 1)));
        self::assertSame('60', $this->expires(WeakCaller::call($this->s3, 'presignGet', 'text', '60')->url));
    }

    public function testWithoutStrictTypesWhatCannotBeConvertedIsATypeError(): void
    {
        $call = fn () => WeakCaller::call($this->s3, 'read', 'text', 'two');
        $message = 'S3Storage::read(): Argument #2 ($offset) must be of type int, string given';
        self::assertThrows(TypeError::class, $message, $call);
    }

    public function testWithoutStrictTypesATextThatIsNoNumberIsNoMoment(): void
    {
        $call = fn () => WeakCaller::call($this->s3, 'presignGet', 'text', 'tomorrow');
        $message = 'Argument #2 ($expiresIn) must be of type DateTimeInterface|int, string given';
        self::assertThrows(TypeError::class, "S3Storage::presignGet(): $message", $call);
    }

    public function testAnExceptionOfAStringableComesThroughAsItIs(): void
    {
        $broken = new class {
            public function __toString(): string
            {
                throw new \LogicException('from __toString');
            }
        };
        $this->expectExceptionObject(new \LogicException('from __toString'));
        WeakCaller::call($this->s3, 'write', 'a', $broken);
    }

    public function testAnArgumentOfTheCallerIsNotChangedByItsConversion(): void
    {
        $number = 2026;
        WeakCaller::call($this->s3, 'write', $number, $number);
        self::assertSame(2026, $number);
    }

    public function testNumericKeysAndValuesOfMetadataAreText(): void
    {
        $this->s3->write('a', 'x', metadata: ['2026' => 'year', 'count' => 5]);
        self::assertSame(['2026' => 'year', 'count' => '5'], $this->s3->getMetadata('a')->metadata);
    }

    public function testOtherValuesOfMetadataAreRefused(): void
    {
        foreach ([[], new stdClass(), null, 0.5, true] as $value) {
            $write = fn () => $this->s3->write('a', 'x', metadata: ['note' => $value]);
            $message = self::assertRefusedLocally('INVALID_ARGUMENT', $write)->getMessage();
            self::assertStringContainsString('metadata "note" must be a string', $message);
        }
    }

    public function testMethodsAreCallableInEveryWayOfPhp(): void
    {
        $this->s3->write('a', 'x');
        $read = $this->s3->read(...);
        self::assertSame('x', $read('a'));
        self::assertSame('x', call_user_func([$this->s3, 'read'], 'a'));
        self::assertSame(['x'], array_map([$this->s3, 'read'], ['a']));
        self::assertSame('x', (new \ReflectionMethod($this->s3, 'read'))->invoke($this->s3, 'a'));
    }

    /** @param class-string<\Throwable> $class */
    private static function assertThrows(string $class, string $message, callable $call): void
    {
        try {
            $call();
        } catch (\Throwable $thrown) {
            self::assertSame([$class, $message], [$thrown::class, $thrown->getMessage()]);
            return;
        }
        self::fail("expected $class, nothing was thrown");
    }

    private function expires(string $url): string
    {
        parse_str((string) parse_url($url, PHP_URL_QUERY), $query);
        return (string) $query['X-Amz-Expires'];
    }
}
