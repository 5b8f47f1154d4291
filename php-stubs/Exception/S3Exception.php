<?php

declare(strict_types=1);

namespace S3Storage\Exception;

use Throwable;

/**
 * Every failure of an operation; catch this to catch them all.
 *
 * The message names the operation, its subject, the reason and what the server said of it, such as
 * `read uploads/a.txt: no such object (NoSuchKey, 404, request id 4442587FB7D0A2F9)`. No message has a credential or a
 * signed URL in it. PHP's own `getCode()` is 0: the code is a text, {@see self::getErrorCode()}.
 *
 * ```php
 * try {
 *     $bytes = $s3->read('a.txt');
 * } catch (S3Storage\Exception\FileNotFoundException) {
 *     $bytes = null;
 * } catch (S3Storage\Exception\S3Exception $e) {
 *     $logger->error($e->getMessage(), ['code' => $e->getErrorCode(), 'request id' => $e->getRequestId()]);
 *     http_response_code($e->getHttpStatus());
 * }
 * ```
 *
 * An exception that an application makes itself has the code, category and status of its class; it has no details, no
 * attempts and nothing from a server, and counts as not retryable.
 */
interface S3Exception extends Throwable
{
    /**
     * The stable name of the failure, such as `FILE_NOT_FOUND`; one for each class.
     */
    public function getErrorCode(): string;

    /**
     * More for a person: what to do, or the server's own words. '' where there is nothing to add. Part of the message.
     */
    public function getDetails(): string;

    /**
     * How to think of the failure.
     *
     * @return 'NotFound'|'AccessDenied'|'QuotaExceeded'|'Backend'
     */
    public function getCategory(): string;

    /**
     * The HTTP status under which an application would pass the failure on. The server's own is in the message.
     */
    public function getHttpStatus(): int;

    /**
     * The server's error code, such as `NoSuchKey`; null where no server answered, or it named none.
     */
    public function getAwsErrorCode(): ?string;

    /**
     * The server's id of the failed request, for its operator; null where there was no answer or no id.
     */
    public function getRequestId(): ?string;

    /**
     * Whether the same call may succeed later without a change. The library's own retries are used up by then.
     */
    public function isRetryable(): bool;

    /**
     * How many requests were sent, retries included; 0 when nothing was sent.
     */
    public function getAttempts(): int;
}
