<?php

declare(strict_types=1);

namespace S3Storage\Tests\Contract;

use RuntimeException;
use stdClass;

/** The table of cases that every backend passes, from Rust and from PHP: `tests/contract/cases/`, whose words `table.rs` explains. */
final class Table
{
    private const FOLDER = __DIR__ . '/../../../tests/contract';

    /**
     * Every case, those for each of several elements one by one.
     *
     * @return array<string, stdClass> by operation and name; each with `needs` and `steps`
     */
    public static function cases(): array
    {
        $cases = [];
        foreach (glob(self::FOLDER . '/cases/*.json') as $file) {
            $table = self::decode($file);
            foreach ($table->cases as $case) {
                $name = "{$table->operation}/{$case->case}";
                foreach ($case->each ?? [] as $i => $element) {
                    $cases[$name . '_' . $i + 1] = self::of($case, $element);
                }
                if (($case->each ?? []) === []) {
                    $cases[$name] = $case;
                }
            }
        }
        return $cases !== [] ? $cases : throw new RuntimeException('there is no table of cases');
    }

    /**
     * What each backend can do. The contract suite compares it with the backends.
     *
     * @return array<string, list<string>>
     */
    public static function capabilities(): array
    {
        return (array) self::decode(self::FOLDER . '/capabilities.json');
    }

    /** In what MinIO differs from S3 so that a case does not hold there; null where it does. */
    public static function differenceOfMinio(string $case): ?string
    {
        foreach ((array) self::decode(self::FOLDER . '/minio.json') as $name => $difference) {
            if ($case === $name || preg_match('/^' . preg_quote($name, '/') . '_\d+$/', $case) === 1) {
                return $difference;
            }
        }
        return null;
    }

    private static function of(stdClass $case, mixed $element): stdClass
    {
        $find = static function (string $name) use ($element): array {
            if (!str_starts_with($name, 'each')) {
                return [];
            }
            $number = substr($name, 4);
            $isPart = is_array($element) && ctype_digit($number) && array_key_exists((int) $number, $element);
            return match (true) {
                $number === '' => [$element],
                $isPart => [$element[(int) $number]],
                default => [],
            };
        };
        $case = clone $case;
        $case->steps = array_map(static function (stdClass $step) use ($find): stdClass {
            $step = clone $step;
            foreach (['with', 'gives', 'fails'] as $part) {
                if (isset($step->$part)) {
                    $step->$part = Variables::replaced($step->$part, $find);
                }
            }
            return $step;
        }, $case->steps);
        return $case;
    }

    private static function decode(string $file): stdClass
    {
        return json_decode((string) file_get_contents($file), flags: JSON_THROW_ON_ERROR);
    }
}
