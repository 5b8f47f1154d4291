<?php

declare(strict_types=1);

namespace S3Storage\Tests\Contract;

use PHPUnit\Framework\Assert;
use stdClass;

/** What the steps of a case have kept. */
final class Variables
{
    /** @var array<string, mixed> */
    private array $kept = [];

    public function keep(stdClass $keep, mixed $answer): void
    {
        foreach (get_object_vars($keep) as $field => $name) {
            $isWhole = $field === '';
            Assert::assertTrue($isWhole || property_exists($answer, $field), "there is no $field to keep");
            $this->kept[$name] = $isWhole ? $answer : $answer->$field;
        }
    }

    /** Arguments with their values. */
    public function filled(mixed $with): mixed
    {
        return self::replaced($with, fn (string $name): array => array_key_exists($name, $this->kept)
            ? [$this->kept[$name]]
            : []);
    }

    /** What is expected must be among the answer. */
    public function compare(mixed $expected, mixed $answer, string $at): void
    {
        if ($expected instanceof stdClass && property_exists($expected, 'bytes')) {
            $expected = Contents::shown(Contents::of($expected));
        }
        if ($expected === '$any') {
            Assert::assertNotNull($answer, $at);
        } elseif (is_string($expected) && preg_match('/^(!?)\$(.+)$/s', $expected, $found) === 1) {
            Assert::assertArrayHasKey($found[2], $this->kept, "$at: $expected was never kept");
            $isSame = $this->kept[$found[2]] === $answer;
            Assert::assertSame($found[1] === '', $isSame, "$at: " . json_encode($answer) . " and $expected");
        } elseif ($expected instanceof stdClass) {
            Assert::assertInstanceOf(stdClass::class, $answer, $at);
            foreach (get_object_vars($expected) as $name => $value) {
                $this->compare($value, $answer->{$name} ?? null, "$at.$name");
            }
        } elseif (is_array($expected)) {
            Assert::assertIsArray($answer, $at);
            Assert::assertCount(count($expected), $answer, "$at: " . json_encode($answer));
            foreach ($expected as $i => $value) {
                $this->compare($value, $answer[$i], "{$at}[$i]");
            }
        } else {
            Assert::assertSame($expected, $answer, $at);
        }
    }

    /** @param callable(string): array{}|array{mixed} $find the value of a name, in a list of its own */
    public static function replaced(mixed $value, callable $find): mixed
    {
        if (is_string($value)) {
            $found = str_starts_with($value, '$') ? $find(substr($value, 1)) : [];
            return $found === [] ? $value : $found[0];
        }
        if (is_array($value)) {
            return array_map(static fn (mixed $item): mixed => self::replaced($item, $find), $value);
        }
        if (!$value instanceof stdClass) {
            return $value;
        }
        $replaced = new stdClass();
        foreach (get_object_vars($value) as $name => $item) {
            $name = self::replaced((string) $name, $find);
            $replaced->{$name} = self::replaced($item, $find);
        }
        return $replaced;
    }
}
