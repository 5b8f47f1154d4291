<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * What came of each object of a batch.
 *
 * Lists, not maps: PHP would turn a key such as `'2026'` into an int.
 *
 * ```php
 * $result = $s3->deleteMany($pathnames, throw: false);
 * foreach ($result->failed as $failure) {
 *     $log->warning("$failure->pathname: {$failure->exception->getMessage()}");
 * }
 * ```
 *
 * @strict-properties
 */
final class BatchResult
{
    /**
     * The objects that are done: their pathnames, or what is known of them, as the method says.
     *
     * @var list<string>|list<ObjectInfo>
     */
    public readonly array $succeeded;

    /**
     * The objects that are not done, or not known to be done, each with the reason.
     *
     * @var list<BatchFailure>
     */
    public readonly array $failed;

    /**
     * Makes a result, for the tests and doubles of an application.
     *
     * @param list<string>|list<ObjectInfo> $succeeded Pathnames or infos.
     * @param list<BatchFailure> $failed    Failures.
     */
    public function __construct(array $succeeded = [], array $failed = [])
    {
    }
}
