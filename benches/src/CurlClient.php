<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use CurlHandle;
use RuntimeException;

/** PHP's curl extension at its best: one handle for each operation, set up once, its connection kept. */
final class CurlClient
{
    /** @var array<string, CurlHandle> */
    private array $handles = [];

    public function __construct(private readonly ?string $caFile)
    {
    }

    /**
     * Prepares an operation.
     *
     * @param array<string, string> $headers
     */
    public function prepare(
        string $operation,
        string $method,
        string $url,
        array $headers = [],
        string $body = '',
    ): void {
        $options = [
            CURLOPT_URL => $url,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
            CURLOPT_PROXY => '',
        ];
        $options += match ($method) {
            'GET' => [],
            'HEAD' => [CURLOPT_NOBODY => true],
            'PUT' => [CURLOPT_CUSTOMREQUEST => 'PUT', CURLOPT_POSTFIELDS => $body],
        };
        if ($headers !== []) {
            $options[CURLOPT_HTTPHEADER] = array_map(
                static fn (string $name, string $value) => "$name: $value",
                array_keys($headers),
                $headers,
            );
        }
        if ($this->caFile !== null) {
            $options[CURLOPT_CAINFO] = $this->caFile;
        }
        $this->handles[$operation] = curl_init();
        curl_setopt_array($this->handles[$operation], $options);
    }

    /** Runs an operation; answers the body. */
    public function run(string $operation): string
    {
        $handle = $this->handles[$operation];
        $body = curl_exec($handle);
        if ($body === false || curl_getinfo($handle, CURLINFO_RESPONSE_CODE) !== 200) {
            throw new RuntimeException("curl: $operation failed: " . curl_error($handle) . $body);
        }
        return (string) $body;
    }
}
