<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use League\Flysystem\Config;
use S3Storage\Exception\S3Exception;
use S3Storage\Exception\UnsupportedException;
use S3Storage\Storage;

/**
 * Copies and moves within a bucket, with what options say of the destination.
 *
 * @internal
 */
final class Transfer
{
    /** Whether the bucket has shown that it has no ACLs, so that a copy has none to keep. */
    private bool $hasNoAcls = false;

    public function __construct(private readonly Storage $storage, private readonly S3Options $options)
    {
    }

    /**
     * @param 'copy'|'move' $method
     *
     * @throws S3Exception
     */
    public function run(string $method, string $source, string $destination, Config $config): void
    {
        if ($source === $destination) {
            return;
        }
        ['visibility' => $visibility, 'storageClass' => $storageClass, 'encryption' => $encryption] =
            $this->options->ofCopy($config);
        $by = $encryption === []
            ? $this->storage
            : new EncryptedCopy($this->storage, $this->options->ofRead(), $encryption, $storageClass);
        $transfer = [$by, $method];
        $retains = $visibility === null && $config->get(Config::OPTION_RETAIN_VISIBILITY, true);
        if ($retains && !$this->hasNoAcls) {
            $this->retaining($transfer, $source, $destination);
        } else {
            $transfer($source, $destination, null, $visibility);
        }
        if ($storageClass !== null && $encryption === []) {
            $this->storage->updateMetadata($destination, storageClass: $storageClass);
        }
    }

    /** Where there are no ACLs there is nothing to keep. Buckets of AWS that have them disabled refuse every one. */
    private function retaining(callable $transfer, string $source, string $destination): void
    {
        try {
            $transfer($source, $destination, null, $this->storage->getVisibility($source));
        } catch (S3Exception $exception) {
            $refused = $exception->getAwsErrorCode() === 'AccessControlListNotSupported';
            if (!$refused && !$exception instanceof UnsupportedException) {
                throw $exception;
            }
            $transfer($source, $destination, null, null);
            $this->hasNoAcls = true;
        }
    }
}
