<?php

declare(strict_types=1);

namespace S3Storage\Laravel;

use InvalidArgumentException;
use S3Storage\Literal;
use SensitiveParameter;

/**
 * A disk of `config/filesystems.php` as a configuration of the extension.
 *
 * The keys are those of Laravel's driver `s3`, what people pass on to the AWS SDK included: honoured, or refused with
 * what to do instead. Null counts as absent, and so does an empty string, which is what an unset variable of `.env`
 * looks like. Keys that neither Laravel nor the SDK knows are the application's own.
 *
 * @internal
 */
final class DiskConfiguration
{
    /** The keys of `s3storage` that are those of a server. */
    private const SERVER = ['driver', 'provider', 'region', 'endpoint', 'public_endpoint', 'path_style',
        'connect_timeout', 'read_timeout', 'operation_timeout', 'minimum_rate', 'max_attempts', 'ca_file', 'proxy',
        'allow_link_local'];

    /** Keys of the AWS SDK whose one harmless value is this. */
    private const ONLY = [
        'defaults_mode' => 'legacy',
        'disable_multiregion_access_points' => true,
        'ignore_configured_endpoint_urls' => false,
        'scheme' => 'https',
        'signature_version' => 'v4',
        'use_accelerate_endpoint' => false,
        'use_arn_region' => false,
        'use_aws_shared_config_files' => true,
        'use_dual_stack_endpoint' => false,
        'use_fips_endpoint' => false,
        'debug' => false,
        'stats' => false,
    ];

    /** Keys of the AWS SDK that cannot be honoured, and what to do instead. */
    private const REFUSED = [
        'api_provider' => 'the extension speaks S3 itself; leave it out',
        'bucket_endpoint' => 'give the endpoint without the bucket; its place is told by use_path_style_endpoint',
        'credential_provider' => 'leave it out: the AWS chain is asked where there is no key',
        'credentials_provider' => 'leave it out: the AWS chain is asked where there is no key',
        'endpoint_provider' => 'give an endpoint',
        'handler' => 'the extension sends its requests itself; in tests use Storage::fake()',
        'http_handler' => 'the extension sends its requests itself; in tests use Storage::fake()',
        'profile' => 'set the variable AWS_PROFILE',
        'request_checksum_calculation' => 'leave it out: checksums are sent to providers that take them',
        'response_checksum_validation' => 'leave it out: checksums that a server sends are verified',
        's3_us_east_1_regional_endpoint' => 'leave it out, or give an endpoint',
        'signature_provider' => 'the extension signs itself; leave it out',
        'ua_append' => 'leave it out',
    ];

    /** The configuration of the extension: one server and one bucket, both called `disk`. */
    public readonly array $storage;

    /** @var array<string, mixed> Of the adapter of Flysystem. */
    public readonly array $options;

    /**
     * @param array<string, mixed> $disk
     *
     * @throws InvalidArgumentException A key cannot be honoured.
     */
    public function __construct(#[SensitiveParameter] array $disk)
    {
        $disk = self::present($disk);
        self::refuse($disk);
        $own = self::present(self::map($disk['s3storage'] ?? [], 's3storage'));
        $http = self::http(self::map($disk['http'] ?? [], 'http'));
        $server = array_intersect_key($own, array_flip(self::SERVER)) + $http + [
            'region' => $disk['region'] ?? null,
            'endpoint' => $disk['endpoint'] ?? null,
            'path_style' => isset($disk['use_path_style_endpoint']) ? (bool) $disk['use_path_style_endpoint'] : null,
            'credentials' => self::credentials($disk),
            'max_attempts' => self::attempts($disk['retries'] ?? null),
        ];
        $bucket = array_diff_key($own, array_flip(self::SERVER)) + [
            'server' => 'disk',
            'bucket' => $disk['bucket'] ?? null,
            'visibility' => $disk['visibility'] ?? null,
        ];
        $this->options = self::map($disk['options'] ?? [], 'options');
        $this->storage = Literal::of([
            'servers' => ['disk' => self::present($server)],
            'buckets' => ['disk' => self::present($bucket)],
        ]);
    }

    /** @param array<string, mixed> $disk */
    private static function refuse(#[SensitiveParameter] array $disk): void
    {
        foreach (array_intersect_key(self::ONLY, $disk) as $name => $value) {
            // Variables of `.env` may be texts.
            if ($disk[$name] != $value) {
                $more = $name === 'scheme' ? ', and give an endpoint that begins with http://' : '';
                throw new InvalidArgumentException("The disk's key [$name] may only be " . var_export($value, true) .
                    " with S3Storage; leave it out$more.");
            }
        }
        foreach (array_intersect_key(self::REFUSED, $disk) as $name => $instead) {
            throw new InvalidArgumentException("The disk's key [$name] is not supported by S3Storage: $instead.");
        }
    }

    /**
     * @param array<string, mixed> $disk
     *
     * @return array{key: string, secret: string, token?: string}|null null is the AWS chain
     */
    private static function credentials(#[SensitiveParameter] array $disk): ?array
    {
        $given = $disk['credentials'] ?? [];
        if (!is_array($given)) {
            throw new InvalidArgumentException("The disk's key [credentials] must be an array with key and secret. " .
                'Without it and without [key] the AWS chain is asked (environment, profile, roles).');
        }
        $credentials = array_intersect_key($disk, ['key' => 1, 'secret' => 1, 'token' => 1]) + self::present($given);
        return isset($credentials['key'], $credentials['secret']) ? $credentials : null;
    }

    /** `retries` counts what comes after the first attempt, or is an array as of the AWS SDK. */
    private static function attempts(mixed $retries): ?int
    {
        if (is_array($retries)) {
            $retries = isset($retries['max_attempts']) ? (int) $retries['max_attempts'] - 1 : null;
        }
        if ($retries !== null && filter_var($retries, FILTER_VALIDATE_INT) === false) {
            throw new InvalidArgumentException("The disk's key [retries] must be a number, or an array with " .
                '[max_attempts].');
        }
        return $retries === null ? null : (int) $retries + 1;
    }

    /**
     * The options of Guzzle that have a meaning here. 0 is "no limit" there, and the default here.
     *
     * @param array<string, mixed> $http
     *
     * @return array<string, mixed>
     */
    private static function http(array $http): array
    {
        $known = ['connect_timeout' => 'connect_timeout', 'proxy' => 'proxy', 'read_timeout' => 'read_timeout',
            'timeout' => 'operation_timeout', 'verify' => 'ca_file'];
        $server = [];
        foreach (self::present($http) as $name => $value) {
            if (!isset($known[$name])) {
                throw new InvalidArgumentException("The disk's key [http.$name] is not supported by S3Storage; " .
                    'known: ' . implode(', ', array_keys($known)) . '.');
            }
            if ($name === 'verify' && !is_string($value)) {
                $value || throw new InvalidArgumentException("The disk's key [http.verify] may not be false: " .
                    'certificates are always verified. Give the path of a PEM file with those to trust.');
                continue;
            }
            if ($name === 'proxy' && !is_string($value)) {
                throw new InvalidArgumentException("The disk's key [http.proxy] must be the URL of an HTTP proxy.");
            }
            if ($value != 0) {
                $server[$known[$name]] = $value;
            }
        }
        return $server;
    }

    /** @return array<string, mixed> */
    private static function map(#[SensitiveParameter] mixed $value, string $name): array
    {
        return is_array($value)
            ? $value
            : throw new InvalidArgumentException("The disk's key [$name] must be an array.");
    }

    /**
     * @param array<string, mixed> $values
     *
     * @return array<string, mixed> without those that are absent
     */
    public static function present(#[SensitiveParameter] array $values): array
    {
        return array_filter($values, static fn (mixed $value): bool => $value !== null && $value !== '');
    }
}
