<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Random\Engine\Mt19937;
use Random\Randomizer;
use S3Storage;

/** Forms to sign: places, credentials and names of {@see PresignCases}, with everything that a policy can be bound to. */
final class PostCases
{
    private const SEED = 20_140_401;

    private const TYPES = ['image/png', 'text/html; charset=utf-8', 'multipart/mixed; boundary="a b=c"'];

    private const OPTIONS = [
        'cacheControl' => ['max-age=3600', 'no-cache, no-store'],
        'contentDisposition' => ['inline', 'attachment; filename="a b&c.txt"', 'attachment; filename*=UTF-8\'\'%C3%AF'],
        'contentEncoding' => ['gzip'],
        'storageClass' => ['STANDARD_IA', 'GLACIER'],
        'tags' => [['a' => 'b'], ['team' => 'R&D <x>', 'ünï' => '中 "🦀"', 'empty' => '']],
        'successActionStatus' => [200, 201, 204],
        'successActionRedirect' => ['https://app.example.com/done?a=1&b=%20', 'http://localhost:8080/'],
        'keyStartsWith' => [true, false],
    ];

    private const METADATA = [
        ['a' => 'b'], ['owner' => '42', 'x-note' => 'two  spaces, "quotes" \\ / <&>'], ['empty' => ''],
    ];

    private readonly Randomizer $random;

    private function __construct()
    {
        $this->random = new Randomizer(new Mt19937(self::SEED));
    }

    /** @return iterable<array<string, mixed>> */
    public static function generate(int $count): iterable
    {
        $cases = new self();
        foreach (PresignCases::generate($count) as $case) {
            $kept = array_intersect_key($case, array_flip(['place', 'bucket', 'credentials', 'key', 'expiresIn']));
            yield ['method' => 'presignPost'] + $kept + $cases->next($case['place']['acl'] ?? true);
        }
    }

    /**
     * Makes the form of a case through the public API.
     *
     * @param array<string, mixed> $case
     * @return array{url: string, fields: array<string, string>, expiresAt: int}
     */
    public static function presign(array $case): array
    {
        $form = (new S3Storage(PresignCases::config($case)))->presignPost(
            $case['key'],
            $case['expiresIn'],
            $case['minSize'],
            $case['maxSize'],
            $case['contentType'],
            $case['contentTypePrefix'],
            $case['visibility'],
            $case['metadata'],
            $case['options'],
        );
        return ['url' => $form->url, 'fields' => $form->fields, 'expiresAt' => $form->expiresAt];
    }

    /** @return array<string, mixed> */
    private function next(bool $acl): array
    {
        $max = $this->maybe([1, 1000, 10 * 1024 * 1024, 5 * 1024 ** 3]);
        $type = $this->maybe(self::TYPES);
        $options = array_map($this->maybe(...), self::OPTIONS);
        if ($options['successActionRedirect'] !== null) {
            unset($options['successActionStatus']);
        }
        return [
            'minSize' => $this->maybe([0, 1]),
            'maxSize' => $max,
            'contentType' => $type,
            'contentTypePrefix' => $type === null ? $this->maybe(['image/', 'text/', '']) : null,
            'visibility' => $acl ? $this->maybe(['public', 'private']) : null,
            'metadata' => $this->maybe(self::METADATA) ?? [],
            'options' => $options,
        ];
    }

    /** @param list<mixed> $values */
    private function maybe(array $values): mixed
    {
        $at = $this->random->getInt(0, 2 * count($values) - 1);
        return $values[$at] ?? null;
    }
}
