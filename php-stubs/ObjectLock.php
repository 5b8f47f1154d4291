<?php

declare(strict_types=1);

namespace S3Storage;

/**
 * What keeps a version of an object from being deleted; what {@see Storage::getObjectLock()} answers.
 *
 * ```php
 * $lock = $s3->getObjectLock('invoices/7.pdf');
 * $isLocked = $lock->legalHold || $lock->retainUntil > time();
 * ```
 *
 * @strict-properties
 */
final class ObjectLock
{
    /**
     * How firmly it is kept until `retainUntil`; null without a retention. A retention that has ended is still told.
     *
     * @var 'GOVERNANCE'|'COMPLIANCE'|null
     */
    public readonly ?string $retentionMode;

    /**
     * Until when it is kept, in Unix seconds; null without a retention.
     */
    public readonly ?int $retainUntil;

    /**
     * Whether it is kept until that is lifted, whatever the retention.
     */
    public readonly bool $legalHold;

    /**
     * Makes a lock, for the tests and doubles of an application.
     *
     * @param 'GOVERNANCE'|'COMPLIANCE'|null $retentionMode How firmly.
     * @param int|null                       $retainUntil   Unix seconds.
     * @param bool                           $legalHold     Whether there is a legal hold.
     */
    public function __construct(?string $retentionMode = null, ?int $retainUntil = null, bool $legalHold = false)
    {
    }
}
