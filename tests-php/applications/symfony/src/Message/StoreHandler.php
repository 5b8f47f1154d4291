<?php

declare(strict_types=1);

namespace App\Message;

use S3Storage;
use S3Storage\Storage;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;

#[AsMessageHandler]
final class StoreHandler
{
    public function __construct(private readonly Storage $uploads, private readonly Storage $slowStorage)
    {
    }

    public function __invoke(Store $message): void
    {
        if ($message->name === 'slow') {
            fwrite(STDOUT, "reading\n");
            fwrite(STDOUT, $this->slowStorage->read('object') . " was read\n");
            return;
        }
        $this->uploads->write($message->name, $message->name);
        $clients = S3Storage::status()['clients'];
        $connections = array_map(static fn (array $client): int => array_sum($client['connections']), $clients);
        $told = ['stored', $message->name, spl_object_id($this->uploads), count($clients), array_sum($connections)];
        fwrite(STDOUT, implode(' ', $told) . "\n");
    }
}
