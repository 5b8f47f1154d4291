<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;
use S3Storage\Tests\Promises\Document;
use S3Storage\Tests\Promises\Names;

/** What documents promise names its tests, and these exist. `make faults` runs those of docs/faults.md. */
final class PromisesTest extends TestCase
{
    private const ROOT = __DIR__ . '/../..';

    /** @return iterable<string, array{string, string, int}> document, headings of promises, how many at least */
    public static function documents(): iterable
    {
        yield 'faults' => ['docs/faults.md', '/^## /', 34];
        yield 'semantics' => ['docs/semantics.md', '/^## /', 100];
        yield 'security' => ['SECURITY.md', '/^### /', 10];
    }

    /** @dataProvider documents */
    public function testEveryPromiseNamesTestsThatExist(string $document, string $headings, int $least): void
    {
        $promises = Document::promises(self::ROOT . "/$document", $headings);
        $names = new Names(self::ROOT);
        $problems = [];
        foreach ($promises as $promise) {
            if ($promise->tests === []) {
                $problems[] = "$promise->place names no test: " . substr($promise->text, 0, 60);
            }
            foreach ($promise->tests as $test) {
                if (!$names->exists($test)) {
                    $problems[] = "$promise->place: there is no test $test";
                }
            }
        }
        self::assertSame('', implode("\n", $problems));
        self::assertGreaterThanOrEqual($least, count($promises));
    }

    public function testATestThatDoesNotExistIsNoticed(): void
    {
        $names = new Names(self::ROOT);
        foreach (
            ['faults::listings::a_repeated_token_is_an_error', 'lifecycle::what_lasts_longer_is_cancelled',
            's3_backend::credentials::renewal::the_old_ones_serve_while_they_cannot_be_replaced',
            'lib::types::key::tests::only_the_named_pathnames_are_refused', 'lib::properties::holds::names',
            'contract::keys::case_counts', 'contract::model::random_sequences_do_what_they_do_to_a_map',
            'ListTest::testOrderIsThatOfBytes', 'fork_within_a_stream.phpt'] as $name
        ) {
            self::assertTrue($names->exists($name), $name);
            $other = str_ends_with($name, '.phpt') ? "not_$name" : "{$name}x";
            self::assertFalse($names->exists($other), $other);
        }
        self::assertFalse($names->exists('faults::listings::list_all'), 'a function that is no test');
    }
}
