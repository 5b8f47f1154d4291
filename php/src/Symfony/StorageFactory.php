<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use Psr\EventDispatcher\EventDispatcherInterface;
use Psr\Log\LoggerInterface;
use S3Storage;
use S3Storage\Literal;
use S3Storage\OperationEvent;
use SensitiveParameter;

/**
 * Makes the handles of a container, and has them tell what they do.
 *
 * @internal
 */
final class StorageFactory
{
    public function __construct(
        private readonly ?LoggerInterface $logger = null,
        private readonly ?EventDispatcherInterface $events = null,
        private readonly ?OperationRecorder $recorder = null,
    ) {
    }

    /** @param array<string, mixed>|string|null $configuration As of the constructor, but variables are expanded already. */
    public function create(string $instance, #[SensitiveParameter] array|string|null $configuration): S3Storage
    {
        $s3 = new S3Storage(is_array($configuration) ? Literal::of($configuration) : $configuration);
        $s3->setLogger($this->logger);
        $s3->setEventDispatcher($this->events);
        if ($this->recorder !== null) {
            $recorder = $this->recorder;
            $s3->listen(static fn (OperationEvent $event) => $recorder->record($instance, $event));
        }
        return $s3;
    }
}
