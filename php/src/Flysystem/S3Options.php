<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use DateTimeImmutable;
use DateTimeInterface;
use Exception;
use League\Flysystem\Config;
use S3Storage\Exception\InvalidArgumentException;
use SensitiveParameter;
use SensitiveParameterValue;

/**
 * The options of S3 by the names that they have in the AWS SDK, as arguments of {@see \S3Storage\Storage}.
 *
 * What Flysystem's adapter for the AWS SDK forwards is honoured here or refused; what that adapter does not look at is
 * not looked at here either.
 *
 * @internal
 */
final class S3Options
{
    /** Options that are arguments. */
    private const ARGUMENTS = [
        'CacheControl' => 'cacheControl',
        'ContentDisposition' => 'contentDisposition',
        'ContentType' => 'contentType',
        'StorageClass' => 'storageClass',
    ];

    private const PLAIN = self::ARGUMENTS + ['mimetype' => 'contentType', 'mimeType' => 'contentType'];

    /** Options that are keys of the argument `options`. */
    private const ENCRYPTION = ['SSEKMSKeyId' => 'kmsKeyId', 'ServerSideEncryption' => 'encryption'];
    private const MORE = ['ContentEncoding' => 'contentEncoding'] + self::ENCRYPTION;

    /** Options that need a closer look. */
    private const SPECIAL = ['ACL' => true, 'ContentLength' => true, 'Metadata' => true, 'MetadataDirective' => true,
        'SSECustomerAlgorithm' => true, 'SSECustomerKey' => true, 'SSECustomerKeyMD5' => true, 'Tagging' => true,
        'add_content_md5' => true, 'concurrency' => true, 'mup_threshold' => true, 'part_size' => true];

    private const HONOURED = self::ARGUMENTS + self::MORE + self::SPECIAL;

    /** Options that cannot be honoured, and what to do instead. */
    private const REFUSED = [
        '@http' => 'timeouts, proxy and certificates are keys of the server in the configuration; reads always stream',
        'ChecksumAlgorithm' => 'leave it out; every content is protected by a digest that the server verifies',
        'CopySourceSSECustomerAlgorithm' => 'give SSECustomerKey among the options of the adapter',
        'CopySourceSSECustomerKey' => 'give SSECustomerKey among the options of the adapter',
        'CopySourceSSECustomerKeyMD5' => 'give SSECustomerKey among the options of the adapter',
        'Expires' => 'give CacheControl, such as "max-age=3600"',
        'GrantFullControl' => 'give a visibility, or use a bucket policy',
        'GrantRead' => 'give a visibility, or use a bucket policy',
        'GrantReadACP' => 'give a visibility, or use a bucket policy',
        'GrantWriteACP' => 'give a visibility, or use a bucket policy',
        'RequestPayer' => 'only buckets whose owner pays are supported',
        'WebsiteRedirectLocation' => 'redirect where the site is served',
        'before_upload' => 'no commands of the AWS SDK are made; S3Storage::listen() tells what is done',
    ];

    private const LOOKED_AT = self::HONOURED + self::REFUSED;

    /** Options of a download, as arguments of `presignGet` and keys of its `options`. */
    private const DOWNLOAD_ARGUMENTS = [
        'ResponseContentDisposition' => 'contentDisposition',
        'ResponseContentType' => 'contentType',
    ];
    private const DOWNLOAD_MORE = [
        'ResponseCacheControl' => 'responseCacheControl',
        'ResponseContentEncoding' => 'responseContentEncoding',
        'ResponseContentLanguage' => 'responseContentLanguage',
        'ResponseExpires' => 'responseExpires',
        'VersionId' => 'versionId',
    ];

    /** The smallest part of an upload that S3 takes. */
    private const LEAST_PART = 5 * 1024 * 1024;

    /** @var array<string, mixed> */
    private readonly array $defaults;

    private readonly bool $hasNoDefaults;

    /** The default customer key: nothing that prints an object shows it. */
    private readonly ?SensitiveParameterValue $key;

    /**
     * @param array<string, mixed> $defaults
     *
     * @throws InvalidArgumentException A key is unknown or cannot be honoured.
     */
    public function __construct(#[SensitiveParameter] array $defaults, private readonly VisibilityConverter $visibility)
    {
        $defaults = self::present($defaults);
        $known = self::HONOURED + ['mimetype' => true, 'mimeType' => true, 'params' => true];
        foreach ($defaults as $name => $value) {
            self::refuse($name, $value);
            if (!isset($known[$name])) {
                ksort($known);
                $names = implode(', ', array_keys($known));
                throw new InvalidArgumentException("unknown option \"$name\"; known: $names");
            }
        }
        self::params($defaults['params'] ?? []);
        self::customerKey($defaults);
        $key = $defaults['SSECustomerKey'] ?? null;
        $this->key = $key === null ? null : new SensitiveParameterValue($key);
        unset($defaults['SSECustomerKey']);
        $this->defaults = self::typed($defaults);
        $this->hasNoDefaults = $this->defaults === [] && $this->key === null;
    }

    /**
     * The named arguments of a write.
     *
     * @param int|null $size    Bytes of the content, as far as they are known: parts are sized by it.
     * @param bool     $isWhole Whether these are all that will be written.
     *
     * @return array<string, mixed>
     *
     * @throws InvalidArgumentException An option cannot be honoured.
     */
    public function ofWrite(Config $config, ?int $size, bool $isWhole = false): array
    {
        // What most writes are: without options, or with a few texts.
        $arguments = [];
        foreach ($config->toArray() as $name => $value) {
            $argument = self::PLAIN[$name] ?? null;
            if ($argument === null || !is_string($value) || isset($arguments[$argument])) {
                return $this->ofSpecialWrite($config, $size, $isWhole);
            }
            $arguments[$argument] = $value;
        }
        return $this->hasNoDefaults ? $arguments : $this->ofSpecialWrite($config, $size, $isWhole);
    }

    /** @return array<string, mixed> */
    private function ofSpecialWrite(Config $config, ?int $size, bool $isWhole): array
    {
        $given = $this->given($config);
        if ($isWhole && isset($given['ContentLength'])) {
            $this->checkLength($config, (int) $size, 'nothing is written');
        }
        $arguments = $more = [];
        foreach ($given as $name => $value) {
            if (isset(self::ARGUMENTS[$name])) {
                $arguments[self::ARGUMENTS[$name]] = self::text($value, $name);
            } elseif (isset(self::MORE[$name])) {
                $more[self::MORE[$name]] = self::text($value, $name);
            } else {
                self::refuse($name, $value);
            }
        }
        $arguments += self::present([
            'visibility' => $this->visibility($given, $config),
            'metadata' => self::metadata($given['Metadata'] ?? null),
            'partSize' => self::partSize($given, $size),
            'concurrency' => self::integer($given, 'concurrency'),
        ]);
        $more += self::present([
            'customerKey' => self::customerKey($given),
            'tags' => self::tags($given['Tagging'] ?? null),
        ]);
        return $more === [] ? $arguments : $arguments + ['options' => $more];
    }

    /** @throws InvalidArgumentException The content was said to have another length. */
    public function checkLength(Config $config, int $size, string $consequence): void
    {
        $promised = self::integer($this->given($config), 'ContentLength');
        if ($promised !== null && $promised !== $size) {
            throw new InvalidArgumentException("ContentLength is $promised, and there were $size bytes; $consequence");
        }
    }

    /**
     * What a copy is given besides a visibility. Headers, metadata and tags go along with the object, as they do where
     * S3 is asked to copy without a MetadataDirective.
     *
     * @return array{visibility: string|null, storageClass: string|null, encryption: array<string, string>} The last as
     *         keys of the `options` of a write; empty where the copy needs no encryption of its own.
     *
     * @throws InvalidArgumentException An option cannot be honoured.
     */
    public function ofCopy(Config $config): array
    {
        $given = $this->given($config);
        if (strtoupper(self::text($given['MetadataDirective'] ?? 'COPY', 'MetadataDirective')) !== 'COPY') {
            throw new InvalidArgumentException('MetadataDirective REPLACE is not supported, since a copy keeps what ' .
                'stands beside the content; change it afterwards by getStorage()->updateMetadata()');
        }
        foreach ($given as $name => $value) {
            self::refuse($name, $value);
        }
        return [
            'visibility' => $this->visibility($given, $config),
            'storageClass' => self::texts($given, self::ARGUMENTS)['storageClass'] ?? null,
            'encryption' => self::present(self::texts($given, self::ENCRYPTION) + [
                'customerKey' => self::customerKey($given),
            ]),
        ];
    }

    /** @return array{customerKey?: string} The `options` of a read. */
    public function ofRead(): array
    {
        return $this->key === null ? [] : ['customerKey' => (string) $this->key->getValue()];
    }

    /**
     * Options of a GetObject as named arguments of `presignGet`.
     *
     * @param array<string, mixed> $given
     *
     * @return array<string, mixed>
     *
     * @throws InvalidArgumentException An option is unknown.
     */
    public static function ofDownload(#[SensitiveParameter] array $given): array
    {
        $given = self::present($given);
        if (isset($given['ResponseExpires'])) {
            $given['ResponseExpires'] = self::time($given['ResponseExpires']);
        }
        $known = self::DOWNLOAD_ARGUMENTS + self::DOWNLOAD_MORE;
        foreach (array_diff(array_keys($given), array_keys($known)) as $name) {
            throw new InvalidArgumentException("unknown option \"$name\" of a temporary URL; known: " .
                implode(', ', array_keys($known)));
        }
        $more = array_intersect_key($given, self::DOWNLOAD_MORE);
        return self::texts($given, self::DOWNLOAD_ARGUMENTS) + [
            'options' => array_combine(
                array_map(static fn (string $name): string => self::DOWNLOAD_MORE[$name], array_keys($more)),
                $more,
            ),
        ];
    }

    /**
     * Options of a PutObject as named arguments of `presignPut`.
     *
     * @param array<string, mixed> $given
     *
     * @return array<string, mixed>
     *
     * @throws InvalidArgumentException An option is unknown or cannot be honoured.
     */
    public static function ofUpload(#[SensitiveParameter] array $given): array
    {
        $given = self::present($given);
        $known = ['ACL', 'CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLength', 'ContentType',
            'Metadata'];
        foreach (array_diff(array_keys($given), $known) as $name) {
            throw new InvalidArgumentException("unknown option \"$name\" of a URL for an upload; known: " .
                implode(', ', $known));
        }
        $options = new self([], new PortableVisibilityConverter());
        return self::present([
            'contentType' => self::texts($given, self::ARGUMENTS)['contentType'] ?? null,
            'visibility' => $options->visibility($given, new Config()),
            'options' => self::present([
                'cacheControl' => self::texts($given, self::ARGUMENTS)['cacheControl'] ?? null,
                'contentDisposition' => self::texts($given, self::ARGUMENTS)['contentDisposition'] ?? null,
                'contentEncoding' => self::texts($given, self::MORE)['contentEncoding'] ?? null,
                'contentLength' => self::integer($given, 'ContentLength'),
                'metadata' => self::metadata($given['Metadata'] ?? null),
            ]),
        ]);
    }

    /** @return array<string, mixed> What there is to honour of a Config and the defaults, by the names of the SDK. */
    private function given(Config $config): array
    {
        $given = self::typed(self::present($config->toArray())) + $this->defaults;
        if ($this->key !== null) {
            $given += ['SSECustomerKey' => $this->key->getValue()];
        }
        if (isset($given['params'])) {
            $given = self::params($given['params']) + $given;
        }
        return array_intersect_key($given, self::LOOKED_AT);
    }

    /**
     * Unlike the other options of a call these are for S3 alone, all of them.
     *
     * @return array<string, mixed>
     */
    private static function params(#[SensitiveParameter] mixed $params): array
    {
        $params = self::present(self::list($params, 'params'));
        foreach (array_keys(array_diff_key($params, self::LOOKED_AT)) as $name) {
            throw new InvalidArgumentException("unknown option \"$name\" in params; known: " .
                implode(', ', array_keys(self::HONOURED)));
        }
        return $params;
    }

    /** @param array<string, mixed> $given */
    private function visibility(#[SensitiveParameter] array $given, Config $config): ?string
    {
        $acl = $given['ACL'] ?? null;
        if ($acl === null) {
            $visibility = $config->get(Config::OPTION_VISIBILITY);
            return $visibility === null ? null : $this->visibility->toStorage(self::text($visibility, 'visibility'));
        }
        return match ($acl) {
            'private' => 'private',
            'public-read' => 'public',
            default => throw new InvalidArgumentException('ACL may be "private" or "public-read", which are the ' .
                'visibilities "private" and "public"; for anything else use a bucket policy'),
        };
    }

    /** @param array<string, mixed> $given */
    private static function customerKey(#[SensitiveParameter] array $given): ?string
    {
        $key = $given['SSECustomerKey'] ?? null;
        if ($key === null) {
            if (isset($given['SSECustomerAlgorithm']) || isset($given['SSECustomerKeyMD5'])) {
                throw new InvalidArgumentException('SSECustomerKey is missing: 32 raw bytes');
            }
            return null;
        }
        $key = self::text($key, 'SSECustomerKey');
        if (($given['SSECustomerAlgorithm'] ?? 'AES256') !== 'AES256') {
            throw new InvalidArgumentException('SSECustomerAlgorithm must be "AES256"');
        }
        if (!hash_equals(md5($key, true), self::text($given['SSECustomerKeyMD5'] ?? md5($key, true), 'digest'))) {
            throw new InvalidArgumentException('SSECustomerKeyMD5 is not the MD5 (raw bytes) of SSECustomerKey');
        }
        return $key;
    }

    /** @return array<string, string>|null */
    private static function tags(mixed $tagging): ?array
    {
        if ($tagging === null) {
            return null;
        }
        $tags = [];
        // Not parse_str(): it would change the names.
        foreach (array_filter(explode('&', self::text($tagging, 'Tagging')), 'strlen') as $tag) {
            [$name, $value] = explode('=', $tag, 2) + [1 => ''];
            $tags[urldecode($name)] = urldecode($value);
        }
        return $tags;
    }

    /** @return array<string, string|int>|null */
    private static function metadata(mixed $metadata): ?array
    {
        return $metadata === null ? null : array_map(
            static fn (mixed $value): string => self::text($value, 'a value of Metadata'),
            self::list($metadata, 'Metadata'),
        );
    }

    /**
     * A content of at most `mup_threshold` bytes is one request, where its size is known; parts have `part_size`.
     *
     * @param array<string, mixed> $given
     */
    private static function partSize(#[SensitiveParameter] array $given, ?int $size): ?int
    {
        $part = self::integer($given, 'part_size');
        $threshold = self::integer($given, 'mup_threshold');
        if ($size === null || $threshold === null || $size > $threshold) {
            return $part;
        }
        return max($part ?? 0, $threshold, self::LEAST_PART);
    }

    /**
     * A type by its other names.
     *
     * @param array<string, mixed> $given
     *
     * @return array<string, mixed>
     */
    private static function typed(#[SensitiveParameter] array $given): array
    {
        $type = $given['mimetype'] ?? $given['mimeType'] ?? null;
        return $type === null ? $given : $given + ['ContentType' => $type];
    }

    private static function time(mixed $time): DateTimeInterface|int
    {
        if (is_int($time) || $time instanceof DateTimeInterface) {
            return $time;
        }
        try {
            return new DateTimeImmutable(self::text($time, 'ResponseExpires'));
        } catch (Exception) {
            throw new InvalidArgumentException('ResponseExpires must be a time');
        }
    }

    private static function refuse(string $name, mixed $value): void
    {
        if (isset(self::REFUSED[$name])) {
            throw new InvalidArgumentException("$name is not supported: " . self::REFUSED[$name]);
        }
        if ($name === 'add_content_md5' && $value) {
            throw new InvalidArgumentException("$name is not supported: leave it out; every content is protected by " .
                'a digest that the server verifies');
        }
    }

    /**
     * The texts among the options, by other names.
     *
     * @param array<string, mixed> $given
     * @param array<string, string> $names
     *
     * @return array<string, string>
     */
    private static function texts(#[SensitiveParameter] array $given, array $names): array
    {
        $texts = [];
        foreach (array_intersect_key($given, $names) as $name => $value) {
            $texts[$names[$name]] = self::text($value, $name);
        }
        return $texts;
    }

    private static function text(#[SensitiveParameter] mixed $value, string $name): string
    {
        if (!is_string($value) && !is_int($value)) {
            throw new InvalidArgumentException("$name must be a string, not " . get_debug_type($value));
        }
        return (string) $value;
    }

    /** @param array<string, mixed> $given */
    private static function integer(#[SensitiveParameter] array $given, string $name): ?int
    {
        $value = $given[$name] ?? null;
        if ($value !== null && filter_var($value, FILTER_VALIDATE_INT) === false) {
            throw new InvalidArgumentException("$name must be a whole number");
        }
        return $value === null ? null : (int) $value;
    }

    /** @return array<string, mixed> */
    private static function list(mixed $value, string $name): array
    {
        return is_array($value) ? $value : throw new InvalidArgumentException("$name must be an array");
    }

    /**
     * @param array<string, mixed> $values
     *
     * @return array<string, mixed> without those that are null
     */
    private static function present(#[SensitiveParameter] array $values): array
    {
        return in_array(null, $values, true)
            ? array_filter($values, static fn (mixed $value): bool => $value !== null)
            : $values;
    }
}
