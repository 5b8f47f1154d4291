<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Exception;
use PHPUnit\Framework\TestCase;
use ReflectionClass;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\OperationFailedException;
use S3Storage\Exception\S3Exception;
use S3Storage\Exception\TimeoutException;
use Throwable;

/** The exceptions as classes of PHP: applications catch them, extend them and throw them in their own doubles. */
final class ExceptionTest extends TestCase
{
    private const OPERATION_FAILURES = ['THROTTLED', 'PRECONDITION_FAILED', 'NOT_MODIFIED', 'TIMEOUT',
        'CONNECTION_FAILED', 'CHECKSUM_MISMATCH', 'UNSUPPORTED', 'CANCELLED', 'BATCH_FAILED'];

    /**
     * @dataProvider rows
     * @param class-string<S3Exception&Exception> $class
     */
    public function testAnApplicationCanConstructIt(string $code, string $class, string $category, int $status): void
    {
        $previous = new Exception('before');
        $exception = new $class('the message', 7, $previous);
        self::assertSame('the message', $exception->getMessage());
        self::assertSame(7, $exception->getCode());
        self::assertSame($previous, $exception->getPrevious());
        self::assertSame([__FILE__, __LINE__ - 4], [$exception->getFile(), $exception->getLine()]);
        self::assertSame(__FUNCTION__, $exception->getTrace()[0]['function']);
        self::assertSame($code, $exception->getErrorCode());
        self::assertSame($category, $exception->getCategory());
        self::assertSame($status, $exception->getHttpStatus());
        self::assertSame('', $exception->getDetails());
        self::assertSame(0, $exception->getAttempts());
        self::assertNull($exception->getAwsErrorCode());
        self::assertNull($exception->getRequestId());
        self::assertFalse($exception->isRetryable());
        self::assertSame('', (new $class())->getMessage());
    }

    /**
     * @dataProvider rows
     * @param class-string<S3Exception&Exception> $class
     */
    public function testTheHierarchyIsThatOfTheTable(string $code, string $class): void
    {
        $exception = new $class();
        self::assertInstanceOf(S3Exception::class, $exception);
        self::assertInstanceOf(Throwable::class, $exception);
        $parent = get_parent_class($exception);
        if (in_array($code, self::OPERATION_FAILURES, true)) {
            self::assertSame(OperationFailedException::class, $parent);
        } elseif ($code === 'INVALID_ARGUMENT') {
            self::assertSame(\InvalidArgumentException::class, $parent);
        } else {
            self::assertSame(\RuntimeException::class, $parent);
        }
        self::assertFalse((new ReflectionClass($class))->isFinal());
    }

    /** @return iterable<string, array{string, class-string<S3Exception>, string, int}> */
    public static function rows(): iterable
    {
        foreach (ErrorTable::ROWS as $code => [$class, $category, $status]) {
            yield $code => [$code, $class, $category, $status];
        }
    }

    public function testTheTableIsComplete(): void
    {
        $ours = array_filter(get_declared_classes(), static function (string $class): bool {
            return is_subclass_of($class, S3Exception::class) && (new ReflectionClass($class))->isInternal();
        });
        self::assertEqualsCanonicalizing(array_column(ErrorTable::ROWS, 0), array_values($ours));
    }

    public function testAClassOfAnApplicationInheritsTheRow(): void
    {
        $exception = new class ('m') extends TimeoutException {
            public function getDetails(): string
            {
                return 'own details';
            }
        };
        self::assertSame(['TIMEOUT', 504, 'own details'], [
            $exception->getErrorCode(), $exception->getHttpStatus(), $exception->getDetails(),
        ]);
        self::assertInstanceOf(OperationFailedException::class, $exception);
        self::assertSame(0, $exception->getAttempts());
    }

    public function testAnApplicationCanImplementTheInterface(): void
    {
        $exception = new class extends Exception implements S3Exception {
            public function getErrorCode(): string
            {
                return 'OWN';
            }

            public function getDetails(): string
            {
                return '';
            }

            public function getCategory(): string
            {
                return 'Backend';
            }

            public function getHttpStatus(): int
            {
                return 500;
            }

            public function getAwsErrorCode(): ?string
            {
                return null;
            }

            public function getRequestId(): ?string
            {
                return null;
            }

            public function isRetryable(): bool
            {
                return false;
            }

            public function getAttempts(): int
            {
                return 0;
            }
        };
        $this->expectExceptionObject($exception);
        throw $exception;
    }

    public function testAConstructorWithoutParentCallIsHarmless(): void
    {
        $exception = new class extends FileNotFoundException {
            public function __construct()
            {
            }
        };
        self::assertSame(['FILE_NOT_FOUND', '', 0, false], [
            $exception->getErrorCode(), $exception->getDetails(), $exception->getAttempts(), $exception->isRetryable(),
        ]);
    }

    public function testTheMethodsTakeNoArguments(): void
    {
        foreach ((new ReflectionClass(S3Exception::class))->getMethods() as $method) {
            self::assertSame(0, $method->getNumberOfParameters(), $method->name);
        }
        $this->expectException(\ArgumentCountError::class);
        $this->expectExceptionMessage('::getErrorCode() expects exactly 0 arguments, 1 given');
        (new FileNotFoundException())->getErrorCode(...['x']);
    }
}
