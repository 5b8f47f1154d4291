<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

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

    /** What S3 takes as a part of an upload; the most is what it takes in one request, too. */
    private const LEAST_PART = 5 * 1024 * 1024;
    private const LARGEST_PART = 5 * 1024 ** 3;

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
        $defaults = OptionValue::present($defaults);
        foreach ($defaults as $name => $value) {
            self::refuse($name, $value);
        }
        OptionValue::refuseUnknown($defaults, self::HONOURED + self::PLAIN + ['params' => true], '');
        self::params($defaults['params'] ?? []);
        OptionValue::customerKey($defaults);
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
                $arguments[self::ARGUMENTS[$name]] = OptionValue::text($value, $name);
            } elseif (isset(self::MORE[$name])) {
                $more[self::MORE[$name]] = OptionValue::text($value, $name);
            } else {
                self::refuse($name, $value);
            }
        }
        $arguments += OptionValue::present([
            'visibility' => $this->visibility($given, $config),
            'metadata' => OptionValue::metadata($given),
            'partSize' => self::partSize($given, $size),
            'concurrency' => OptionValue::integer($given, 'concurrency'),
        ]);
        $more += OptionValue::present([
            'customerKey' => OptionValue::customerKey($given),
            'tags' => OptionValue::tags($given),
        ]);
        return $more === [] ? $arguments : $arguments + ['options' => $more];
    }

    /** @throws InvalidArgumentException The content was said to have another length. */
    public function checkLength(Config $config, int $size, string $consequence): void
    {
        $promised = OptionValue::integer($this->given($config), 'ContentLength');
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
        if (strtoupper(OptionValue::text($given['MetadataDirective'] ?? 'COPY', 'MetadataDirective')) !== 'COPY') {
            throw new InvalidArgumentException('MetadataDirective REPLACE is not supported, since a copy keeps what ' .
                'stands beside the content; change it afterwards by getStorage()->updateMetadata()');
        }
        foreach ($given as $name => $value) {
            self::refuse($name, $value);
        }
        return [
            'visibility' => $this->visibility($given, $config),
            'storageClass' => OptionValue::texts($given, self::ARGUMENTS)['storageClass'] ?? null,
            'encryption' => OptionValue::present(OptionValue::texts($given, self::ENCRYPTION) + [
                'customerKey' => OptionValue::customerKey($given),
            ]),
        ];
    }

    /** @return array{customerKey?: string} The `options` of a read. */
    public function ofRead(): array
    {
        return $this->key === null ? [] : ['customerKey' => (string) $this->key->getValue()];
    }

    /** @return array<string, mixed> What there is to honour of a Config and the defaults, by the names of the SDK. */
    private function given(Config $config): array
    {
        $given = self::typed(OptionValue::present($config->toArray())) + $this->defaults;
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
        $params = OptionValue::present(OptionValue::list($params, 'params'));
        foreach ($params as $name => $value) {
            self::refuse($name, $value);
        }
        OptionValue::refuseUnknown($params, self::HONOURED, ' in params');
        return $params;
    }

    /** @param array<string, mixed> $given */
    private function visibility(#[SensitiveParameter] array $given, Config $config): ?string
    {
        $visibility = OptionValue::acl($given);
        if ($visibility !== null) {
            return $visibility;
        }
        $visibility = $config->get(Config::OPTION_VISIBILITY);
        return $visibility === null ? null : $this->visibility->toStorage(OptionValue::text($visibility, 'visibility'));
    }

    /**
     * A content of at most `mup_threshold` bytes is one request, where its size is known; parts have `part_size`.
     *
     * @param array<string, mixed> $given
     */
    private static function partSize(#[SensitiveParameter] array $given, ?int $size): ?int
    {
        $part = OptionValue::integer($given, 'part_size');
        $threshold = OptionValue::integer($given, 'mup_threshold');
        if ($size === null || $threshold === null || $size > min($threshold, self::LARGEST_PART)) {
            return $part;
        }
        return max($part ?? 0, $size, self::LEAST_PART);
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

    private static function refuse(string|int $name, mixed $value): void
    {
        if (isset(self::REFUSED[$name])) {
            throw new InvalidArgumentException("$name is not supported: " . self::REFUSED[$name]);
        }
        if ($name === 'add_content_md5' && $value) {
            throw new InvalidArgumentException("$name is not supported: leave it out; every content is protected by " .
                'a digest that the server verifies');
        }
    }
}
