<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Random\Engine\Mt19937;
use Random\Randomizer;
use S3Storage;
use S3Storage\PresignedUrl;

/**
 * Presigned URLs to make, in every combination that a signature depends on. The same seed gives the same cases, on
 * every machine and in every version of PHP.
 */
final class PresignCases
{
    private const SEED = 20_130_524;
    private const MAX_KEY_BYTES = 1024;
    private const WEEK = 604_800;

    /** Keys that clients are known to encode, decode, normalise or cut once too often. */
    private const KEYS = [
        'test.txt', 'a/b/c.jpg', 'with space.txt', 'plus+sign', 'percent%2Fslash', 'percent%', '%', '%%41', 'a%20b',
        'double//slash', '/leading', '//two/leading', 'trailing/', 'trailing//', '/', '//', '~home/~user', 'a~b-c_d.e',
        'question?mark', 'hash#tag', 'amp&ersand=equals', 'semi;colon:comma,at@', 'dollar$excl!star*quote\'',
        'parens(and)[square]{curly}', 'back\\slash', 'pipe|caret^grave`', 'quote"less<more>', "tab\there",
        "line\nfeed", "carriage\rreturn", "\x01control\x7f", 'naïve café', '日本語/ファイル.txt', '🎉 party 🎈.png',
        "e\u{301} is not é", "zero\u{200b}width", "right\u{202e}left", '...', 'a.../b', '.hidden', 'a/.b/c', '..a/b..',
        'X-Amz-Signature=0', '?versionId=1', 'http://example.com/a', 'UPPER/lower/MiXeD', '0', '-', '_', ' lead',
        'trail ', ' ', "\u{a0}", 'x-id', 'a b/c+d/e%f/g~h', '=', '&', '+', '++', '%2B', '%252F', 'é/%C3%A9',
    ];

    /** Pieces of generated keys. */
    private const PIECES = [
        'a', 'Z', '9', '/', '//', ' ', '+', '%', '%2F', '%20', '~', '-', '_', '.x', '=', '&', '?', '#', ':', ';', ',',
        '@', '!', '$', '*', '(', ')', '\'', '"', '<', '>', '[', ']', '{', '}', '|', '\\', '^', '`',
        'ü', 'ß', 'Ж', '中', '🦀',
    ];

    /**
     * Where the bucket lives. `endpoint` is null for AWS; `public` is the endpoint that URLs are signed for; without
     * `acl` the server is known to have none, and asking for one is refused.
     */
    private const PLACES = [
        ['endpoint' => 'http://127.0.0.1:9000', 'region' => 'us-east-1'],
        ['endpoint' => 'https://storage.example.com', 'region' => 'eu-west-3'],
        ['endpoint' => 'https://storage.example.com:8443', 'region' => 'us-east-1'],
        ['endpoint' => 'https://gateway.example.com/s3', 'region' => 'us-east-1'],
        ['endpoint' => 'https://objects.example.com', 'region' => 'garage', 'path_style' => false],
        ['endpoint' => 'http://localhost:9000', 'region' => 'us-east-1', 'path_style' => false],
        ['endpoint' => 'http://127.0.0.1:9000', 'region' => 'us-east-1', 'path_style' => false],
        ['endpoint' => 'https://0123abcd.r2.cloudflarestorage.com', 'region' => 'auto', 'acl' => false],
        ['endpoint' => 'https://nyc3.digitaloceanspaces.com', 'region' => 'nyc3', 'path_style' => false],
        ['endpoint' => null, 'region' => 'us-east-1'],
        ['endpoint' => null, 'region' => 'eu-central-1'],
        ['endpoint' => null, 'region' => 'ap-southeast-2'],
        ['endpoint' => null, 'region' => 'us-gov-west-1'],
        ['endpoint' => null, 'region' => 'cn-north-1'],
        ['endpoint' => null, 'region' => 'us-east-1', 'path_style' => true],
        ['endpoint' => null, 'region' => 'eu-central-1', 'path_style' => true],
        ['endpoint' => 'http://127.0.0.1:9000', 'region' => 'us-east-1', 'public' => 'https://files.example.com'],
        ['endpoint' => 'http://minio:9000', 'region' => 'eu-central-1', 'public' => 'https://files.example.com:9443'],
        ['endpoint' => 'http://10.0.0.7:9000', 'region' => 'us-east-1', 'public' => 'https://files.example.com',
            'path_style' => false],
    ];

    private const BUCKETS = ['photos', 'photos', 'my-bucket-2026', 'bucket.with.dots'];

    private const DISPOSITIONS = [
        'attachment', 'inline', 'attachment; filename="a b&c.txt"', 'attachment; filename*=UTF-8\'\'na%C3%AFve.txt',
        'attachment; filename="100%+1~=?.pdf"', 'attachment ;  filename = "two  spaces"',
    ];

    private const TYPES = [
        'text/plain', 'text/html; charset=utf-8', 'application/vnd.oasis.opendocument.text', 'image/svg+xml',
        'multipart/mixed; boundary="a b=c"', 'application/octet-stream', 'text/plain;  charset = "utf-8"',
    ];

    private const GET_OPTIONS = [
        'versionId' => ['null', '3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY', 'v 1', 'a/b+c=d~e%2F'],
        'responseCacheControl' => ['no-store', 'max-age=60, must-revalidate'],
        'responseContentEncoding' => ['gzip', 'identity'],
        'responseContentLanguage' => ['de', 'mi, en;q=0.5'],
        'responseExpires' => [0, 1_369_353_600, 4_102_444_799],
    ];

    private const PUT_OPTIONS = [
        'cacheControl' => ['no-store', 'max-age=60,  must-revalidate'],
        'contentDisposition' => self::DISPOSITIONS,
        'contentEncoding' => ['gzip', 'identity'],
        'metadata' => [['a' => 'b'], ['owner' => '42', 'note' => 'two  spaces, "quotes" <&>'], ['B' => '1', 'a' => '']],
        'contentLength' => [0, 1, 5_368_709_120],
    ];

    private readonly Randomizer $random;

    private function __construct()
    {
        $this->random = new Randomizer(new Mt19937(self::SEED));
    }

    /**
     * @return iterable<array{place: array<string, mixed>, bucket: string, credentials: array<string, string>,
     *     key: string, expiresIn: int, method: string, contentType: ?string, contentDisposition: ?string,
     *     visibility: ?string, options: array<string, mixed>}>
     */
    public static function generate(int $count): iterable
    {
        $cases = new self();
        for ($i = 0; $i < $count; $i++) {
            yield $cases->next($i);
        }
    }

    /**
     * Makes the URL of a case through the public API.
     *
     * @param array<string, mixed> $case
     * @return array{url: string, method: string, headers: array<string, string>}
     */
    public static function presign(array $case): array
    {
        $s3 = new S3Storage(self::config($case));
        $url = match ($case['method']) {
            'presignGet' => $s3->presignGet(
                $case['key'],
                $case['expiresIn'],
                $case['contentType'],
                $case['contentDisposition'],
                $case['options'],
            ),
            'presignPut' => $s3->presignPut(
                $case['key'],
                $case['expiresIn'],
                $case['contentType'],
                $case['visibility'],
                $case['options'],
            ),
            'getPublicUrl' => $s3->getPublicUrl($case['key'], $case['expiresIn']),
        };
        return $url instanceof PresignedUrl
            ? ['url' => $url->url, 'method' => $url->method, 'headers' => $url->headers]
            : ['url' => $url, 'method' => 'GET', 'headers' => []];
    }

    /**
     * The configuration of a case, with one bucket.
     *
     * @param array<string, mixed> $case
     * @return array<string, mixed>
     */
    public static function config(array $case): array
    {
        $place = $case['place'];
        $server = [
            'region' => $place['region'],
            'credentials' => $case['credentials'],
            'endpoint' => $place['endpoint'],
            'public_endpoint' => $place['public'] ?? null,
            'path_style' => $place['path_style'] ?? null,
        ];
        return [
            'servers' => ['main' => $server],
            'buckets' => ['files' => ['server' => 'main', 'bucket' => $case['bucket']]],
        ];
    }

    /** @return array<string, mixed> */
    private function next(int $i): array
    {
        $method = ['presignGet', 'presignPut', 'presignGet', 'presignPut', 'getPublicUrl'][$i % 5];
        $get = $method === 'presignGet';
        $put = $method === 'presignPut';
        // 19 places against 5 methods: neither divides the other, so that all pairs come about.
        $place = self::PLACES[$i % count(self::PLACES)];
        return [
            'place' => $place,
            'bucket' => $this->one(self::BUCKETS),
            'credentials' => $this->credentials(),
            'key' => self::KEYS[$i] ?? $this->key(),
            'expiresIn' => $this->one([1, 60, 900, 3600, self::WEEK, $this->random->getInt(1, self::WEEK)]),
            'method' => $method,
            'contentType' => $get || $put ? $this->maybe(self::TYPES) : null,
            'contentDisposition' => $get ? $this->maybe(self::DISPOSITIONS) : null,
            'visibility' => $put && ($place['acl'] ?? true) ? $this->maybe(['public', 'public', 'private']) : null,
            'options' => array_map($this->maybe(...), $get ? self::GET_OPTIONS : ($put ? self::PUT_OPTIONS : [])),
        ];
    }

    /** @return array<string, string> */
    private function credentials(): array
    {
        return array_filter([
            'key' => $this->one(['AKIAIOSFODNN7EXAMPLE', 'minio', 'key/with+odd=characters']),
            'secret' => $this->one([
                'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
                'short',
                str_repeat('s3cret/+', 20),
            ]),
            'token' => $this->maybe([
                'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW==',
                'a+b&c=d/e%',
            ]),
        ], static fn (?string $value) => $value !== null);
    }

    private function key(): string
    {
        $length = $this->one([3, 10, 40, 200, self::MAX_KEY_BYTES]);
        for ($key = ''; strlen($key) < $length; $key .= $piece) {
            $piece = $this->one(self::PIECES);
            if (strlen($key . $piece) > self::MAX_KEY_BYTES) {
                $piece = 'z';
            }
        }
        return $key;
    }

    /**
     * @template T
     * @param list<T> $values
     * @return T
     */
    private function one(array $values): mixed
    {
        return $values[$this->random->getInt(0, count($values) - 1)];
    }

    /**
     * @template T
     * @param list<T> $values
     * @return T|null
     */
    private function maybe(array $values): mixed
    {
        return $this->random->getInt(0, 1) === 1 ? $this->one($values) : null;
    }
}
