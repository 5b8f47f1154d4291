<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** What a browser or any other holder of a URL does: plain HTTP, by PHP's own stream wrapper. */
final class RawHttp
{
    private const TIMEOUT = 20;

    /** @param array<string, string> $headers in lower case */
    private function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }

    /** @param array<string, string> $headers */
    public static function get(string $url, array $headers = []): self
    {
        return self::send('GET', $url, $headers);
    }

    /** @param array<string, string> $headers */
    public static function put(string $url, string $body, array $headers = []): self
    {
        return self::send('PUT', $url, $headers, $body);
    }

    /** @param array<string, string> $headers */
    public static function send(string $method, string $url, array $headers = [], ?string $body = null): self
    {
        $lines = ['Connection: close'];
        foreach ($headers as $name => $value) {
            $lines[] = "$name: $value";
        }
        if ($body !== null && !isset(array_change_key_case($headers)['content-type'])) {
            $lines[] = 'Content-Type: application/octet-stream';
        }
        $http = ['method' => $method, 'header' => $lines, 'ignore_errors' => true, 'follow_location' => 0,
            'protocol_version' => '1.1', 'timeout' => self::TIMEOUT];
        if ($body !== null) {
            $http['content'] = $body;
        }
        $content = file_get_contents($url, false, stream_context_create(['http' => $http]));
        if ($content === false) {
            throw new RuntimeException("no answer to $method $url");
        }
        return self::parse($http_response_header, $content);
    }

    /** @param list<string> $lines */
    private static function parse(array $lines, string $body): self
    {
        $status = (int) explode(' ', (string) array_shift($lines))[1];
        $headers = [];
        foreach ($lines as $line) {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = trim($value);
        }
        return new self($status, $headers, $body);
    }
}
