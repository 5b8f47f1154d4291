<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/**
 * A server that answers with prepared bytes, right or wrong: the first request gets the first answer, the last answer
 * repeats. Each connection serves one request.
 */
final class FaultServer
{
    public readonly string $endpoint;

    /** @var resource|null */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    private readonly string $log;

    /**
     * @param list<string> $answers raw responses
     * @param bool $stalls whether connections stay open after the answer
     */
    public function __construct(array $answers, bool $stalls = false)
    {
        $this->log = (string) tempnam(sys_get_temp_dir(), 's3storage-fault-');
        $code = 'require getenv("FAULT_CLASS"); S3Storage\Tests\FaultServer::serve();';
        $environment = ['FAULT_CLASS' => __FILE__, 'FAULT_LOG' => $this->log, 'FAULT_STALLS' => $stalls ? '1' : '0'];
        $streams = [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR];
        $process = proc_open([PHP_BINARY, '-r', $code], $streams, $this->pipes, null, $environment + getenv());
        if ($process === false) {
            throw new RuntimeException('the fault server did not start');
        }
        $this->process = $process;
        fwrite($this->pipes[0], base64_encode(serialize($answers)) . "\n");
        $this->endpoint = trim((string) fgets($this->pipes[1]));
    }

    public function __destruct()
    {
        $this->stop();
    }

    /** A response as a server would send it. */
    public static function answer(int $status, string $body = '', string ...$headers): string
    {
        $head = ["HTTP/1.1 $status Answer", 'Content-Length: ' . strlen($body), 'Connection: close', ...$headers];
        return implode("\r\n", $head) . "\r\n\r\n" . $body;
    }

    /** An error response in the way of S3. */
    public static function error(int $status, string $code, string $message = 'because'): string
    {
        $body = "<Error><Code>$code</Code><Message>$message</Message></Error>";
        return self::answer($status, $body, 'Content-Type: application/xml', 'x-amz-request-id: FAULT-1');
    }

    /**
     * The request lines so far.
     *
     * @return list<string>
     */
    public function requests(): array
    {
        return file($this->log, FILE_IGNORE_NEW_LINES) ?: [];
    }

    /**
     * The heads of the requests so far.
     *
     * @return list<string>
     */
    public function heads(): array
    {
        return array_map(base64_decode(...), @file("$this->log.heads", FILE_IGNORE_NEW_LINES) ?: []);
    }

    public function stop(): void
    {
        if ($this->process === null) {
            return;
        }
        proc_terminate($this->process, 9);
        array_map(fclose(...), $this->pipes);
        proc_close($this->process);
        $this->process = null;
        unlink($this->log);
        @unlink("$this->log.heads");
    }

    /** The child process: runs until it is ended. */
    public static function serve(): never
    {
        $answers = unserialize(base64_decode((string) fgets(STDIN)), ['allowed_classes' => false]);
        $listener = stream_socket_server('tcp://127.0.0.1:0') ?: exit(1);
        echo 'http://', stream_socket_get_name($listener, false), "\n";
        $open = [];
        for ($served = 0;; $served++) {
            $connection = stream_socket_accept($listener, 3600);
            if ($connection === false) {
                exit(0);
            }
            $head = self::readRequest($connection);
            file_put_contents((string) getenv('FAULT_LOG') . '.heads', base64_encode($head) . "\n", FILE_APPEND);
            file_put_contents((string) getenv('FAULT_LOG'), strtok($head, "\r\n") . "\n", FILE_APPEND);
            fwrite($connection, $answers[min($served, count($answers) - 1)]);
            if (getenv('FAULT_STALLS') === '1') {
                $open[] = $connection;
            } else {
                fclose($connection);
            }
        }
    }

    /** @param resource $connection */
    private static function readRequest($connection): string
    {
        $head = '';
        while (!str_ends_with($head, "\r\n\r\n") && ($line = fgets($connection)) !== false) {
            $head .= $line;
        }
        $left = preg_match('/^content-length: *(\d+)/mi', $head, $match) === 1 ? (int) $match[1] : 0;
        while ($left > 0 && ($piece = fread($connection, $left)) !== false && $piece !== '') {
            $left -= strlen($piece);
        }
        return $head;
    }
}
