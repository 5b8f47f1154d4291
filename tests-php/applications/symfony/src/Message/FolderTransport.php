<?php

declare(strict_types=1);

namespace App\Message;

use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\TransportMessageIdStamp;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;
use Symfony\Component\Messenger\Transport\TransportInterface;

/** A queue that outlives a process: each message is a file. The transport in memory is emptied when services are reset. */
final class FolderTransport implements TransportInterface
{
    public function __construct(private readonly string $folder, private readonly SerializerInterface $serializer)
    {
        is_dir($folder) || mkdir($folder, 0o700, true);
    }

    public function send(Envelope $envelope): Envelope
    {
        $file = sprintf('%s/%020d', $this->folder, hrtime(true));
        file_put_contents($file, json_encode($this->serializer->encode($envelope)));
        return $envelope;
    }

    public function get(): iterable
    {
        foreach (array_slice(glob("$this->folder/*") ?: [], 0, 1) as $file) {
            $encoded = json_decode((string) file_get_contents($file), true);
            yield $this->serializer->decode($encoded)->with(new TransportMessageIdStamp($file));
        }
    }

    public function ack(Envelope $envelope): void
    {
        unlink($envelope->last(TransportMessageIdStamp::class)->getId());
    }

    public function reject(Envelope $envelope): void
    {
        $this->ack($envelope);
    }
}
