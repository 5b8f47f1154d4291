<?php

declare(strict_types=1);

namespace S3Storage\Tests\Promises;

/**
 * The names of tests, in three kinds:
 *
 * - `TARGET::module::function`: of Rust, in tests/TARGET/ or tests/TARGET.rs; `lib::…` is the crate itself,
 *   `contract::OPERATION::CASE` is of the table in tests/contract/cases/
 * - `ClassTest::testMethod`: of PHPUnit, in tests-php/unit/
 * - `what_happens.phpt`: of the engine's runner, in tests-php/phpt/
 */
final class Names
{
    public function __construct(private readonly string $root)
    {
    }

    /** Whether there is such a test. */
    public function exists(string $name): bool
    {
        if (str_ends_with($name, '.phpt')) {
            return is_file("$this->root/tests-php/phpt/$name");
        }
        if (preg_match('/^(\w+Test)::(test\w+)$/', $name, $match) === 1) {
            $code = $this->read("tests-php/unit/$match[1].php");
            return preg_match("/^    public function $match[2]\\(/m", $code) === 1;
        }
        $path = explode('::', $name);
        $function = array_pop($path);
        $target = array_shift($path);
        return match ($target) {
            null => false,
            'contract' => $this->isCase($path[0] ?? '', $function),
            'lib' => $this->isFunction('src', $path, $function),
            default => $this->isFunction("tests/$target", $path, $function)
                || ($path === [] && self::declares($this->read("tests/$target.rs"), $function)),
        };
    }

    /** @param list<string> $path */
    private function isFunction(string $folder, array $path, string $function): bool
    {
        if ($path === ['properties', 'holds']) {
            return preg_match("/^    $function: /m", $this->read('src/properties.rs')) === 1;
        }
        if (end($path) === 'tests') {
            array_pop($path);
        }
        $file = implode('/', [$folder, ...$path]);
        $code = $this->read("$file.rs") . $this->read("$file/mod.rs") . $this->read("$file/main.rs");
        return self::declares($code, $function);
    }

    private static function declares(string $code, string $function): bool
    {
        $attributes = '#\[(tokio::)?test\b[^\]]*\]\s+(#\[[^\]]*\]\s+)*';
        return preg_match("/$attributes(async )?fn $function\\(/", $code) === 1;
    }

    private function isCase(string $operation, string $name): bool
    {
        if (in_array($operation, ['model', 'threads', 'capabilities'], true)) {
            return preg_match("~\\b$operation(::|/)$name\"~", $this->read('tests/contract/main.rs')) === 1;
        }
        $file = json_decode($this->read("tests/contract/cases/$operation.json"), true);
        return in_array($name, array_column($file['cases'] ?? [], 'case'), true);
    }

    private function read(string $file): string
    {
        return is_file("$this->root/$file") ? (string) file_get_contents("$this->root/$file") : '';
    }
}
