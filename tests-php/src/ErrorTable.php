<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage\Exception;

/** The table of errors: code to class, category and HTTP status. */
final class ErrorTable
{
    /** @var array<string, array{class-string<Exception\S3Exception>, string, int}> */
    public const ROWS = [
        'BUCKET_NOT_FOUND' => [Exception\BucketNotFoundException::class, 'NotFound', 404],
        'FILE_NOT_FOUND' => [Exception\FileNotFoundException::class, 'NotFound', 404],
        'INVALID_CONFIG' => [Exception\InvalidConfigException::class, 'Backend', 500],
        'S3_OPERATION_FAILED' => [Exception\OperationFailedException::class, 'Backend', 500],
        'PERMISSION_DENIED' => [Exception\PermissionDeniedException::class, 'AccessDenied', 403],
        'INVALID_PATHNAME' => [Exception\InvalidPathnameException::class, 'Backend', 400],
        'BUCKET_ALREADY_EXISTS' => [Exception\BucketAlreadyExistsException::class, 'Backend', 409],
        'INVALID_VISIBILITY' => [Exception\InvalidVisibilityException::class, 'Backend', 400],
        'QUOTA_EXCEEDED' => [Exception\QuotaExceededException::class, 'QuotaExceeded', 413],
        'THROTTLED' => [Exception\ThrottledException::class, 'QuotaExceeded', 413],
        'PRECONDITION_FAILED' => [Exception\PreconditionFailedException::class, 'Backend', 412],
        'NOT_MODIFIED' => [Exception\NotModifiedException::class, 'Backend', 304],
        'TIMEOUT' => [Exception\TimeoutException::class, 'Backend', 504],
        'CONNECTION_FAILED' => [Exception\ConnectionFailedException::class, 'Backend', 502],
        'CHECKSUM_MISMATCH' => [Exception\ChecksumMismatchException::class, 'Backend', 502],
        'UNSUPPORTED' => [Exception\UnsupportedException::class, 'Backend', 501],
        'CANCELLED' => [Exception\CancelledException::class, 'Backend', 499],
        'BATCH_FAILED' => [Exception\BatchFailedException::class, 'Backend', 500],
        'INVALID_ARGUMENT' => [Exception\InvalidArgumentException::class, 'Backend', 400],
    ];
}
