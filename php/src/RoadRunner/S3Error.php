<?php

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use JsonSerializable;
use S3Storage\Exception\S3Exception;

/**
 * A call of the plugin `s3` failed: the plugin's structured error. `getMessage()` begins with the code; the previous
 * exception is the extension's own.
 */
final class S3Error extends RpcException implements JsonSerializable
{
    private function __construct(
        private readonly string $errorCode,
        private readonly string $description,
        private readonly string $details,
        ?S3Exception $previous,
    ) {
        parent::__construct("$errorCode: $description", 0, $previous);
    }

    /** @internal */
    public static function of(S3Exception $exception): self
    {
        return new self($exception->getErrorCode(), $exception->getMessage(), $exception->getDetails(), $exception);
    }

    /** @internal */
    public static function ofPayload(string $problem): self
    {
        return new self('INVALID_ARGUMENT', $problem, '', null);
    }

    /** Such as `BUCKET_NOT_FOUND`: those of the plugin, and those that the extension has besides. */
    public function getErrorCode(): string
    {
        return $this->errorCode;
    }

    /** More for a person; '' where there is nothing to add. */
    public function getDetails(): string
    {
        return $this->details;
    }

    /**
     * The plugin's own shape.
     *
     * @return array{code: string, message: string, details: string}
     */
    public function jsonSerialize(): array
    {
        return ['code' => $this->errorCode, 'message' => $this->description, 'details' => $this->details];
    }
}
