<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;
use ReflectionExtension;

/**
 * The stubs are the documentation of the extension: what they declare is what the extension declares, and all of it is
 * documented.
 */
final class StubsTest extends TestCase
{
    private const STUBS = __DIR__ . '/../../php-stubs';

    /** @var array<string, array<string, mixed>> */
    private static array $declarations;

    /** @var array<string, string> */
    private static array $docs;

    public static function setUpBeforeClass(): void
    {
        ['declarations' => self::$declarations, 'docs' => self::$docs] = ReflectionDump::ofStubs(self::STUBS);
    }

    public function testStubsDeclareWhatTheExtensionDeclares(): void
    {
        $differences = ReflectionDump::differences(self::$declarations, ReflectionDump::ofExtension('s3storage'));

        self::assertSame([], $differences, "stubs and extension differ:\n" . implode("\n", $differences));
    }

    public function testExtensionDeclaresNothingButClasses(): void
    {
        $extension = new ReflectionExtension('s3storage');

        self::assertSame([], array_keys($extension->getFunctions()), 'functions');
        self::assertSame([], array_keys($extension->getConstants()), 'constants');
    }

    public function testEachStubFileDeclaresTheOneClassOfItsName(): void
    {
        $files = [];
        foreach (array_keys(self::$declarations) as $class) {
            $files[] = strtr(preg_replace('/^S3Storage\\\\/', '', $class), '\\', '/') . '.php';
        }
        $found = [...glob(self::STUBS . '/*.php'), ...glob(self::STUBS . '/*/*.php')];
        $found = array_map(static fn (string $file): string => substr($file, strlen(self::STUBS) + 1), $found);

        self::assertEqualsCanonicalizing($found, $files);
    }

    public function testEveryClassPublicMethodAndPropertyIsDocumented(): void
    {
        $undocumented = array_keys(self::$docs, '', true);

        self::assertSame([], $undocumented);
    }

    public function testEveryOperationTellsItsErrorsItsRequestsAndItsIdempotence(): void
    {
        $operations = array_filter(
            self::$docs,
            static fn (string $name): bool => str_starts_with($name, 'S3Storage\Storage::'),
            ARRAY_FILTER_USE_KEY,
        );
        self::assertNotEmpty($operations);
        $facts = ['errors' => '/@throws |Errors: /', 'requests' => '/Requests: /', 'idempotence' => '/Idempotent: /'];
        $missing = [];
        foreach ($operations as $name => $doc) {
            foreach ($facts as $fact => $pattern) {
                if (preg_match($pattern, $doc) !== 1) {
                    $missing[] = "$name: $fact";
                }
            }
        }

        self::assertSame([], $missing);
    }

    /**
     * @dataProvider changes
     *
     * @param list<string> $path to what is changed; a null removes it
     */
    public function testComparisonFindsAChangeOnEitherSideAndNamesItsPlace(
        array $path,
        mixed $change,
        string $ofStubs,
        string $ofExtension,
    ): void {
        $changed = self::$declarations;
        $entry = &$changed;
        $last = array_pop($path);
        foreach ($path as $key) {
            self::assertArrayHasKey($key, $entry);
            $entry = &$entry[$key];
        }
        self::assertArrayHasKey($last, $entry);
        if ($change === null) {
            unset($entry[$last]);
        } else {
            $entry[$last] = $change;
        }
        unset($entry);

        self::assertSame([$ofStubs], ReflectionDump::differences($changed, self::$declarations));
        self::assertSame([$ofExtension], ReflectionDump::differences(self::$declarations, $changed));
        self::assertSame([], ReflectionDump::differences(self::$declarations, self::$declarations));
    }

    /** @return iterable<string, array{list<string>, mixed, string, string}> */
    public static function changes(): iterable
    {
        yield 'a class is missing' => [
            ['S3Storage\ListPage'],
            null,
            'S3Storage\ListPage: only in the extension',
            'S3Storage\ListPage: only in the stubs',
        ];
        yield 'a method is missing' => [
            ['S3Storage', 'method read()'],
            null,
            'S3Storage, method read(): only in the extension',
            'S3Storage, method read(): only in the stubs',
        ];
        yield 'a parameter has another name' => [
            ['S3Storage\Storage', 'method read()', 'parameter #2', 'name'],
            'from',
            'S3Storage\Storage, method read(), parameter #2, name: stubs "from", extension "offset"',
            'S3Storage\Storage, method read(), parameter #2, name: stubs "offset", extension "from"',
        ];
        yield 'a secret parameter is not marked' => [
            ['S3Storage', 'method __construct()', 'parameter #1', 'attributes'],
            '',
            'S3Storage, method __construct(), parameter #1, attributes: stubs "", extension "SensitiveParameter"',
            'S3Storage, method __construct(), parameter #1, attributes: stubs "SensitiveParameter", extension ""',
        ];
    }
}
