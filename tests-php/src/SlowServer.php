<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** A server that answers every GET with `slow`, so many milliseconds after it was asked, whoever else it is asked by. */
final class SlowServer
{
    public readonly string $endpoint;

    /** @var resource */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct(int $milliseconds)
    {
        $code = 'require getenv("SLOW_CLASS"); S3Storage\Tests\SlowServer::serve((int) getenv("SLOW_FOR"));';
        $environment = ['SLOW_CLASS' => __FILE__, 'SLOW_FOR' => (string) $milliseconds];
        $streams = [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR];
        $process = proc_open([PHP_BINARY, '-n', '-r', $code], $streams, $this->pipes, null, $environment + getenv());
        $this->process = $process ?: throw new RuntimeException('the slow server did not start');
        $this->endpoint = trim((string) fgets($this->pipes[1]));
    }

    public function __destruct()
    {
        // It ends with its standard input.
        array_map(fclose(...), $this->pipes);
        proc_close($this->process);
    }

    public static function serve(int $milliseconds): void
    {
        $answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"e\"\r\n\r\nslow";
        $listener = stream_socket_server('tcp://127.0.0.1:0') ?: throw new RuntimeException('no free port');
        echo 'http://', stream_socket_get_name($listener, false), "\n";
        [$open, $asked, $due] = [[], [], []];
        while (true) {
            $readable = [STDIN, $listener, ...$open];
            $none = null;
            stream_select($readable, $none, $none, 0, 2_000);
            foreach ($readable as $stream) {
                if ($stream === STDIN) {
                    return;
                }
                if ($stream === $listener) {
                    $client = stream_socket_accept($listener) ?: throw new RuntimeException('nobody was accepted');
                    [$open[(int) $client], $asked[(int) $client]] = [$client, ''];
                    continue;
                }
                $read = (string) fread($stream, 65_536);
                $asked[(int) $stream] .= $read;
                if ($read === '') {
                    unset($open[(int) $stream], $due[(int) $stream]);
                } elseif (str_ends_with($asked[(int) $stream], "\r\n\r\n")) {
                    [$due[(int) $stream], $asked[(int) $stream]] = [microtime(true) + $milliseconds / 1000, ''];
                }
            }
            foreach (array_filter($due, fn (float $at) => $at <= microtime(true)) as $id => $_) {
                @fwrite($open[$id], $answer);
                unset($due[$id]);
            }
        }
    }
}
