<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use CurlHandle;
use RuntimeException;

/** A client of S3 that shares nothing with the extension: PHP's curl, and a signature of its own. */
final class RawS3
{
    private ?CurlHandle $curl = null;

    public function __construct(
        private readonly string $endpoint,
        private readonly string $key,
        private readonly string $secret,
        public readonly string $bucket,
    ) {
    }

    public function makeBucket(): void
    {
        $this->ask('PUT', '');
    }

    /** Whether the server has taken an object. */
    public function put(string $key, string $content): bool
    {
        return $this->ask('PUT', $key, [], $content)[0] === 200;
    }

    public function delete(string $key): bool
    {
        return in_array($this->ask('DELETE', $key)[0], [200, 204], true);
    }

    /** The content of an object, null if there is none; an exception where the server does not say. */
    public function get(string $key): ?string
    {
        [$status, $body] = $this->ask('GET', $key);
        if ($status !== 200 && $status !== 404) {
            throw new RuntimeException("GET $key is answered with $status: " . substr($body, 0, 300));
        }
        return $status === 200 ? $body : null;
    }

    /**
     * Uploads that were begun and not ended. MinIO tells them for a whole key only.
     *
     * @return list<array{key: string, id: string, at: int}> `at` in Unix seconds
     */
    public function uploads(string $prefix = ''): array
    {
        [$status, $body] = $this->ask('GET', '', ['prefix' => $prefix, 'uploads' => '']);
        $xml = $status === 200 ? @simplexml_load_string($body) : false;
        if ($xml === false || (string) $xml->IsTruncated === 'true') {
            throw new RuntimeException("uploads of $prefix: $status " . substr($body, 0, 300));
        }
        $uploads = [];
        foreach ($xml->Upload as $one) {
            $uploads[] = ['key' => (string) $one->Key, 'id' => (string) $one->UploadId,
                'at' => (int) strtotime((string) $one->Initiated)];
        }
        return $uploads;
    }

    /** How many parts of an upload the server has. */
    public function parts(string $key, string $id): int
    {
        $xml = @simplexml_load_string($this->ask('GET', $key, ['uploadId' => $id])[1]);
        return $xml === false ? 0 : count($xml->Part);
    }

    public function abort(string $key, string $id): bool
    {
        return $this->ask('DELETE', $key, ['uploadId' => $id])[0] === 204;
    }

    /**
     * @param array<string, string> $query
     * @return array{0: int, 1: string} status (0: no answer) and body
     */
    private function ask(string $method, string $key, array $query = [], string $body = ''): array
    {
        ksort($query);
        $path = "/$this->bucket" . ($key === '' ? '' : '/' . str_replace('%2F', '/', rawurlencode($key)));
        $query = http_build_query($query, '', '&', PHP_QUERY_RFC3986);
        $this->curl ??= curl_init();
        curl_reset($this->curl);
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $this->endpoint . $path . ($query === '' ? '' : "?$query"),
            CURLOPT_PATH_AS_IS => true,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 20,
            CURLOPT_PROXY => '',
            CURLOPT_HTTPHEADER => [...$this->sign($method, $path, $query), 'Expect:', 'Content-Type:'],
        ]);
        if ($method === 'PUT') {
            curl_setopt($this->curl, CURLOPT_POSTFIELDS, $body);
        }
        $answer = curl_exec($this->curl);
        $status = (int) curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        return $answer === false ? [0, curl_error($this->curl)] : [$status, (string) $answer];
    }

    /**
     * AWS Signature Version 4, over a content that is not signed.
     *
     * @return list<string>
     */
    private function sign(string $method, string $path, string $query): array
    {
        $time = gmdate('Ymd\THis\Z');
        $day = substr($time, 0, 8);
        $host = (string) parse_url($this->endpoint, PHP_URL_HOST) . ':' . parse_url($this->endpoint, PHP_URL_PORT);
        $digest = 'UNSIGNED-PAYLOAD';
        $names = 'host;x-amz-content-sha256;x-amz-date';
        $headers = "host:$host\nx-amz-content-sha256:$digest\nx-amz-date:$time\n";
        $scope = "$day/us-east-1/s3/aws4_request";
        $canonical = hash('sha256', implode("\n", [$method, $path, $query, $headers, $names, $digest]));
        $key = "AWS4$this->secret";
        foreach (explode('/', $scope) as $part) {
            $key = hash_hmac('sha256', $part, $key, true);
        }
        $signature = hash_hmac('sha256', "AWS4-HMAC-SHA256\n$time\n$scope\n$canonical", $key);
        return [
            "x-amz-content-sha256: $digest",
            "x-amz-date: $time",
            "authorization: AWS4-HMAC-SHA256 Credential=$this->key/$scope,SignedHeaders=$names,Signature=$signature",
        ];
    }
}
