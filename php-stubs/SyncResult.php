<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * What came of a directory and a prefix that were made the same.
 *
 * ```php
 * foreach ($s3->sync('/srv/site', 'site', delete: true, dryRun: true)->deleted as $pathname) {
 *     echo "would delete $pathname\n";
 * }
 * ```
 *
 * @strict-properties
 */
final class SyncResult
{
    /**
     * The pathnames of what was transferred, in the order in which that was done.
     *
     * @var list<string>
     */
    public readonly array $transferred;

    /**
     * The pathnames of what was deleted.
     *
     * @var list<string>
     */
    public readonly array $deleted;

    /**
     * How many files were the same already.
     */
    public readonly int $skipped;

    /**
     * What could not be transferred or deleted, each with the reason.
     *
     * @var list<BatchFailure>
     */
    public readonly array $failed;

    /**
     * Makes a result, for the tests and doubles of an application.
     *
     * @param list<string>       $transferred Pathnames.
     * @param list<string>       $deleted     Pathnames.
     * @param int                $skipped     A number of files.
     * @param list<BatchFailure> $failed      Failures.
     */
    public function __construct(array $transferred = [], array $deleted = [], int $skipped = 0, array $failed = [])
    {
    }
}
