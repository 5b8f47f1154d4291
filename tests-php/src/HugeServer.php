<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/**
 * A server of contents and listings that are as large as the request says, and made while they are sent:
 *
 * - `…/known-N`: N bytes of "x" with `Content-Length`
 * - `…/chunked-N`: the same in chunks, without
 * - `…/lie-N`: says that it has N bytes, and sends none
 * - a listing with `prefix=N/`: N objects, 1,000 on a page
 */
final class HugeServer
{
    private const PIECE = 65_536;

    public readonly string $endpoint;

    /** @var resource|null */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct()
    {
        $code = 'require getenv("HUGE_CLASS"); S3Storage\Tests\HugeServer::serve();';
        $streams = [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR];
        $environment = ['HUGE_CLASS' => __FILE__] + getenv();
        $process = proc_open([PHP_BINARY, '-r', $code], $streams, $this->pipes, null, $environment);
        if ($process === false) {
            throw new RuntimeException('the server did not start');
        }
        $this->process = $process;
        $this->endpoint = trim((string) fgets($this->pipes[1]));
    }

    public function __destruct()
    {
        if ($this->process !== null) {
            proc_terminate($this->process, 9);
            array_map(fclose(...), $this->pipes);
            proc_close($this->process);
            $this->process = null;
        }
    }

    /** The child process: runs until it is ended, one connection after the other. */
    public static function serve(): never
    {
        $listener = stream_socket_server('tcp://127.0.0.1:0') ?: exit(1);
        echo 'http://', stream_socket_get_name($listener, false), "\n";
        for (;;) {
            $connection = stream_socket_accept($listener, 3600) ?: exit(0);
            while (self::answer($connection)) {
                continue;
            }
            fclose($connection);
        }
    }

    /** @param resource $connection */
    private static function answer($connection): bool
    {
        $target = explode(' ', (string) fgets($connection))[1] ?? '';
        do {
            $line = fgets($connection);
        } while ($line !== false && trim($line) !== '');
        if (preg_match('~/(known|chunked|lie)-(\d+)~', $target, $match) === 1) {
            self::content($connection, $match[1], (int) $match[2]);
            return false;
        }
        if (preg_match('~prefix=(\d+)%2F~', $target, $match) !== 1) {
            return false;
        }
        preg_match('~continuation-token=(\d+)~', $target, $from);
        $page = self::page((int) $match[1], (int) ($from[1] ?? 0));
        fwrite($connection, "HTTP/1.1 200 OK\r\nContent-Length: " . strlen($page) . "\r\n\r\n$page");
        return true;
    }

    /** @param resource $connection */
    private static function content($connection, string $kind, int $length): void
    {
        $is_chunked = $kind === 'chunked';
        $size = $is_chunked ? 'Transfer-Encoding: chunked' : "Content-Length: $length";
        fwrite($connection, "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n$size\r\n\r\n");
        for ($left = $kind === 'lie' ? 0 : $length; $left > 0; $left -= self::PIECE) {
            $piece = str_repeat('x', min(self::PIECE, $left));
            if (@fwrite($connection, $is_chunked ? dechex(strlen($piece)) . "\r\n$piece\r\n" : $piece) === false) {
                return;
            }
        }
        if ($is_chunked) {
            fwrite($connection, "0\r\n\r\n");
        }
    }

    private static function page(int $count, int $from): string
    {
        $entries = '';
        for ($i = $from; $i < min($count, $from + 1000); $i++) {
            $key = sprintf('%d%%2F%s%08d', $count, str_repeat('name', 10), $i);
            $entries .= "<Contents><Key>$key</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                . '<ETag>"0123456789abcdef0123456789abcdef"</ETag><Size>5</Size></Contents>';
        }
        $next = $from + 1000;
        $more = $next < $count ? "<IsTruncated>true</IsTruncated><NextContinuationToken>$next</NextContinuationToken>"
            : '<IsTruncated>false</IsTruncated>';
        return "<ListBucketResult><EncodingType>url</EncodingType>$more$entries</ListBucketResult>";
    }
}
