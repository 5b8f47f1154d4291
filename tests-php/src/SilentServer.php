<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** Places that do not answer. */
final class SilentServer
{
    public readonly string $endpoint;

    /** @var list<resource> */
    private array $sockets = [];

    /** @param array<string, int> $options */
    private function __construct(array $options = [])
    {
        $context = stream_context_create(['socket' => $options]);
        $flags = STREAM_SERVER_BIND | STREAM_SERVER_LISTEN;
        $listener = stream_socket_server('tcp://127.0.0.1:0', $code, $message, $flags, $context);
        if ($listener === false) {
            throw new RuntimeException("cannot listen: $message");
        }
        $this->sockets[] = $listener;
        $this->endpoint = 'http://' . stream_socket_get_name($listener, false);
    }

    /** Takes connections and requests (the kernel does), and never answers. */
    public static function accepting(): self
    {
        return new self();
    }

    /** Takes no further connection: its queue is full, and the kernel drops whoever knocks. */
    public static function full(): self
    {
        $server = new self(['backlog' => 1]);
        $address = substr($server->endpoint, strlen('http://'));
        $flags = STREAM_CLIENT_CONNECT | STREAM_CLIENT_ASYNC_CONNECT;
        for ($i = 0; $i < 8; $i++) {
            $client = stream_socket_client("tcp://$address", $code, $message, 1, $flags);
            if ($client !== false) {
                $server->sockets[] = $client;
            }
        }
        usleep(50_000);
        return $server;
    }

    /** The URL of a port that nobody listens on. */
    public static function closedPort(): string
    {
        return (new self())->endpoint;
    }
}
