<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Error;
use Exception;
use Iterator;
use PHPUnit\Framework\TestCase;
use ReflectionClass;
use ReflectionException;
use ReflectionExtension;
use ReflectionMethod;
use ReflectionNamedType;
use ReflectionParameter;
use S3Storage;
use S3Storage\Exception\InvalidConfigException;
use S3Storage\Exception\S3Exception;
use SensitiveParameter;
use Stringable;
use Throwable;

/** What holds for every class of the extension, those of tomorrow included: they are found by Reflection. */
final class ClassSafetyTest extends TestCase
{
    private const SENSITIVE = ['config', 'options', 'credentials', 'customerKey', 'key', 'secret', 'token', 'password'];

    /**
     * @dataProvider all
     * @param ReflectionClass<object> $class
     */
    public function testParametersThatMayHoldSecretsAreSensitive(ReflectionClass $class): void
    {
        $seen = 0;
        foreach ($class->getMethods() as $method) {
            foreach ($method->getParameters() as $parameter) {
                $seen++;
                $isSensitive = $parameter->getAttributes(SensitiveParameter::class) !== [];
                $shouldBe = in_array($parameter->name, self::SENSITIVE, true);
                self::assertSame($shouldBe, $isSensitive, "$class->name::$method->name(\$$parameter->name)");
            }
        }
        self::assertGreaterThanOrEqual(0, $seen);
    }

    /**
     * @dataProvider classes
     * @param ReflectionClass<object> $class
     */
    public function testNothingIsStaticAndPropertiesAreReadOnlyOrPrivate(ReflectionClass $class): void
    {
        self::assertSame([], $class->getStaticProperties());
        self::assertSame([], $class->getConstants());
        foreach ($class->getProperties() as $property) {
            $isOurs = str_starts_with($property->class, 'S3Storage');
            $isSafe = $property->isReadOnly() && $property->hasType() || $property->isPrivate();
            self::assertTrue(!$isOurs || $isSafe, "$class->name::\$$property->name");
        }
        self::assertSame(self::isException($class), !$class->isFinal(), 'only exceptions may be extended');
    }

    /**
     * Where an object is a handle on something, there is one of it, and it does not leave the process.
     *
     * @dataProvider classes
     * @param ReflectionClass<object> $class
     */
    public function testHandlesAreNotClonedSerializedOrMadeOfStrings(ReflectionClass $class): void
    {
        if (!self::isHandle($class)) {
            $this->expectNotToPerformAssertions();
            return;
        }
        foreach (['O', 'C'] as $kind) {
            $crafted = sprintf('%s:%d:"%s":0:{}', $kind, strlen($class->name), $class->name);
            self::assertThrows(Exception::class, "Unserialization of '$class->name' is not allowed", static fn () =>
                unserialize($crafted));
        }
        $object = self::example($class);
        foreach ([$object, [[$object]], (object) ['a' => $object]] as $value) {
            self::assertThrows(Exception::class, "Serialization of '$class->name' is not allowed", static fn () =>
                serialize($value));
        }
        if ($class->name !== S3Storage\ObjectResponse::class) {
            self::assertFalse($class->isCloneable());
            self::assertThrows(Error::class, 'Trying to clone an uncloneable object', static fn () => clone $object);
            self::assertThrows(ReflectionException::class, 'cannot be instantiated without', static fn () =>
                $class->newInstanceWithoutConstructor());
        }
    }

    /**
     * @dataProvider classes
     * @param ReflectionClass<object> $class
     */
    public function testNoPropertyCanBeAdded(ReflectionClass $class): void
    {
        $object = self::example($class);
        if (self::isException($class)) {
            // As any exception of PHP: not refused, because debuggers add to them, but warned of.
            $warnings = [];
            set_error_handler(static function (int $level, string $message) use (&$warnings): bool {
                $warnings[] = $message;
                return true;
            });
            $object->other = 1;
            restore_error_handler();
            self::assertStringContainsString('Creation of dynamic property', implode($warnings));
            return;
        }
        $refusal = "Cannot create dynamic property $class->name::\$other";
        self::assertThrows(Error::class, $refusal, static fn () => $object->other = 1);
        self::assertThrows(Error::class, $refusal, static fn () => $object->other[] = 1);
        self::assertFalse(isset($object->other));
        unset($object->other);
        if (!self::isHandle($class)) {
            $crafted = sprintf('O:%d:"%s":1:{s:5:"other";i:1;}', strlen($class->name), $class->name);
            self::assertThrows(Throwable::class, 'dynamic property', static fn () => unserialize($crafted));
        }
    }

    /**
     * Values of PHP's own types may be kept and come back as they were; what somebody made up is checked by its types.
     *
     * @dataProvider classes
     * @param ReflectionClass<object> $class
     */
    public function testValuesSurviveSerializationAndLiesAreTypeErrors(ReflectionClass $class): void
    {
        if (self::isHandle($class) || self::isException($class)) {
            $this->expectNotToPerformAssertions();
            return;
        }
        $object = self::example($class);
        if ($class->name !== S3Storage\BatchFailure::class) {
            self::assertEquals($object, unserialize(serialize($object)));
        }
        self::assertEquals($object, clone $object);
        $this->assertPrintable($object);
        foreach ($class->getProperties() as $property) {
            $lie = (string) $property->getType() === 'float' ? 'a:0:{}' : 'd:1.5;';
            $crafted = sprintf(
                'O:%d:"%s":1:{s:%d:"%s";' . $lie . '}',
                strlen($class->name),
                $class->name,
                strlen($property->name),
                $property->name
            );
            self::assertThrows(\TypeError::class, $property->name, static fn () => unserialize($crafted));
        }
    }

    /**
     * @dataProvider classes
     * @param ReflectionClass<object> $class
     */
    public function testAnObjectThatWasNeverConstructedIsNoCrash(ReflectionClass $class): void
    {
        try {
            $object = $class->newInstanceWithoutConstructor();
        } catch (ReflectionException) {
            // There is another way to one: its constructor is asked for it while it takes its arguments.
            $object = $class->name === S3Storage::class ? self::caughtInItsConstructor() : null;
        }
        if ($object === null) {
            $this->expectNotToPerformAssertions();
            return;
        }
        foreach ($class->getProperties() as $property) {
            if ($property->isPublic()) {
                self::assertFalse($property->isInitialized($object));
                self::assertThrows(Error::class, 'must not be accessed before initialization', static fn () =>
                    $object->{$property->name});
            }
        }
        $this->assertPrintable($object);
        if (!self::isException($class) && !self::isHandle($class)) {
            self::assertEquals($object, clone $object);
        }
        foreach ($class->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
            $isOurs = str_starts_with($method->class, 'S3Storage');
            if ($method->isConstructor() || $method->isStatic() || !$isOurs) {
                continue;
            }
            $call = static fn () => $method->invokeArgs($object, self::arguments($method));
            if ($object instanceof S3Storage) {
                // sendFile() looks first whether an answer has begun, which depends on what PHPUnit has printed.
                $isLate = $method->name === 'sendFile' && headers_sent();
                $message = $isLate ? 'the answer has begun already' : '__construct() was not called';
                $class = $isLate ? S3Exception::class : InvalidConfigException::class;
                self::assertThrows($class, $message, $call, $method->name);
            } else {
                $call();
            }
        }
    }

    /** A handle whose constructor has not run to its end, as code that runs within the constructor sees it. */
    private static function caughtInItsConstructor(): S3Storage
    {
        $curious = new class implements Stringable {
            public ?S3Storage $caught = null;

            public function __toString(): string
            {
                foreach (debug_backtrace() as $frame) {
                    if (($frame['object'] ?? null) instanceof S3Storage) {
                        $this->caught = $frame['object'];
                    }
                }
                return 'none.yaml';
            }
        };
        try {
            WeakCaller::construct(S3Storage::class, $curious);
        } catch (S3Exception) {
            // There is no such file.
        }
        return $curious->caught ?? self::fail('the constructor did not ask');
    }

    private function assertPrintable(object $object): void
    {
        ob_start();
        var_dump($object);
        print_r($object);
        debug_zval_dump($object);
        if (!$object instanceof Throwable) {
            var_export($object);
        }
        echo json_encode($object, JSON_PARTIAL_OUTPUT_ON_ERROR), count((array) $object), $object == $object;
        self::assertNotSame('', ob_get_clean());
    }

    /** @param class-string<Throwable> $class */
    private static function assertThrows(string $class, string $message, callable $call, string $where = ''): void
    {
        try {
            $call();
        } catch (Throwable $thrown) {
            self::assertInstanceOf($class, $thrown, "$where: " . $thrown->getMessage());
            self::assertStringContainsString($message, $thrown->getMessage(), $where);
            return;
        }
        self::fail("nothing was thrown: $where");
    }

    /** @param ReflectionClass<object> $class */
    private static function isException(ReflectionClass $class): bool
    {
        return $class->isSubclassOf(Throwable::class);
    }

    /**
     * Whether its objects hold something of the process: a configuration, a listing, a stream.
     *
     * @param ReflectionClass<object> $class
     */
    private static function isHandle(ReflectionClass $class): bool
    {
        $handles = [S3Storage::class, S3Storage\ObjectResponse::class, S3Storage\Future::class];
        return in_array($class->name, $handles, true)
            || $class->isSubclassOf(Iterator::class);
    }

    /**
     * @param ReflectionClass<object> $class
     */
    private static function example(ReflectionClass $class): object
    {
        $server = ['endpoint' => 'http://127.0.0.1:9', 'credentials' => ['key' => 'k', 'secret' => 's']];
        $bucket = ['server' => 'main', 'bucket' => 'bbb'];
        $s3 = new S3Storage(['servers' => ['main' => $server], 'buckets' => ['a' => $bucket]]);
        foreach ([$s3, $s3->list(), $s3->listVersions(), $s3->readMany([]), $s3->existsAsync('a')] as $made) {
            if ($made::class === $class->name) {
                return $made;
            }
        }
        $constructor = $class->getConstructor();
        return $class->newInstanceArgs($constructor === null ? [] : self::arguments($constructor));
    }

    /** @return list<mixed> */
    private static function arguments(ReflectionMethod $method): array
    {
        $required = array_filter($method->getParameters(), static fn (ReflectionParameter $p) => !$p->isOptional());
        return array_values(array_map(self::argument(...), $required));
    }

    private static function argument(ReflectionParameter $parameter): mixed
    {
        $type = $parameter->getType();
        $name = $type instanceof ReflectionNamedType ? $type->getName() : (string) $type;
        return match ($name) {
            '' => fopen('php://memory', 'r'),
            'string' => match ($parameter->name) {
                'visibility' => 'public',
                'operation' => 'write',
                'code' => 'TIMEOUT',
                default => 'text',
            },
            'int', 'DateTimeInterface|int' => 1,
            'bool' => true,
            'callable' => static fn () => null,
            'object' => new class () {
                public function log(): void
                {
                }

                public function dispatch(object $event): object
                {
                    return $event;
                }
            },
            'array', 'iterable', 'Traversable|array' => [],
            S3Storage\ObjectInfo::class => new S3Storage\ObjectInfo('a'),
            S3Exception::class => new InvalidConfigException('m'),
            default => self::fail("no example of $name"),
        };
    }

    /** @return iterable<string, array{ReflectionClass<object>}> */
    public static function all(): iterable
    {
        foreach ((new ReflectionExtension('s3storage'))->getClasses() as $class) {
            yield $class->name => [$class];
        }
    }

    /** @return iterable<string, array{ReflectionClass<object>}> */
    public static function classes(): iterable
    {
        foreach (self::all() as $name => [$class]) {
            if (!$class->isInterface()) {
                yield $name => [$class];
            }
        }
    }
}
