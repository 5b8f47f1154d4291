<?php

declare(strict_types=1);

namespace S3Storage\Flysystem;

use S3Storage\Exception\InvalidArgumentException;
use SensitiveParameter;

/**
 * The options of presigned URLs by the names that they have in the AWS SDK, as arguments of {@see \S3Storage\Storage}.
 *
 * @internal
 */
final class PresignedOptions
{
    /** Options that are arguments, and those that are keys of the argument `options`. */
    private const DOWNLOAD = [
        'ResponseContentDisposition' => 'contentDisposition',
        'ResponseContentType' => 'contentType',
    ];
    private const DOWNLOAD_MORE = [
        'ResponseCacheControl' => 'responseCacheControl',
        'ResponseContentEncoding' => 'responseContentEncoding',
        'ResponseContentLanguage' => 'responseContentLanguage',
        'VersionId' => 'versionId',
    ];
    private const UPLOAD = ['ContentType' => 'contentType'];
    private const UPLOAD_MORE = [
        'CacheControl' => 'cacheControl',
        'ContentDisposition' => 'contentDisposition',
        'ContentEncoding' => 'contentEncoding',
    ];

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
        $given = OptionValue::present($given);
        $known = self::DOWNLOAD + self::DOWNLOAD_MORE + ['ResponseExpires' => true];
        OptionValue::refuseUnknown($given, $known, ' of a temporary URL');
        $more = OptionValue::present(['responseExpires' => OptionValue::time($given, 'ResponseExpires')]);
        return OptionValue::texts($given, self::DOWNLOAD) + [
            'options' => $more + OptionValue::texts($given, self::DOWNLOAD_MORE),
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
        $given = OptionValue::present($given);
        $known = self::UPLOAD + self::UPLOAD_MORE + ['ACL' => true, 'ContentLength' => true, 'Metadata' => true];
        OptionValue::refuseUnknown($given, $known, ' of a URL for an upload');
        $more = OptionValue::present([
            'contentLength' => OptionValue::integer($given, 'ContentLength'),
            'metadata' => OptionValue::metadata($given),
        ]);
        return OptionValue::texts($given, self::UPLOAD) + OptionValue::present([
            'visibility' => OptionValue::acl($given),
            'options' => $more + OptionValue::texts($given, self::UPLOAD_MORE),
        ]);
    }
}
