<?php

declare(strict_types=1);

namespace S3Storage\Tests\Promises;

use RuntimeException;

/** Runs named tests, and no others where the runner can be told so; says of each what came of it. */
final class Run
{
    public const PASSED = 'passed';

    /** @var array<string, string> what came of each test by its name */
    private array $outcomes = [];

    public function __construct(private readonly string $root, private readonly string $profile)
    {
    }

    /**
     * @param list<string> $names
     * @return array<string, string> `passed`, or what else; a test that did not run is missing
     */
    public function outcomes(array $names): array
    {
        $rust = [];
        $phpunit = [];
        $phpt = [];
        foreach (array_unique($names) as $name) {
            if (str_ends_with($name, '.phpt')) {
                $phpt[] = $name;
            } elseif (preg_match('/^\w+Test::test\w+$/', $name) === 1) {
                $phpunit[] = $name;
            } else {
                [$target, $path] = explode('::', $name, 2);
                $rust[$target][] = $path;
            }
        }
        foreach ($rust as $target => $paths) {
            $this->rust($target, $paths);
        }
        $this->phpt($phpt);
        $this->phpunit($phpunit);
        return $this->outcomes;
    }

    /** @param list<string> $paths */
    private function rust(string $target, array $paths): void
    {
        $which = $target === 'lib' ? ['--lib'] : ['--test', $target];
        // The contract's runner takes one filter only, and its tests are named after the backend first.
        $filter = $target === 'contract' ? [] : ['--exact', ...$paths];
        $command = ['cargo', 'test', '--profile', $this->profile, '--no-default-features', '--no-fail-fast', ...$which];
        $printed = $this->command([...$command, '--', ...$filter]);
        preg_match_all('/^test (\S+) +\.\.\. (ok|FAILED|ignored)/m', $printed, $found, PREG_SET_ORDER);
        foreach ($found as [, $path, $outcome]) {
            if ($target === 'contract') {
                [, $path] = explode('::', $path, 2);
                $path = preg_replace('/_\d+$/', '', $path);
                $isKnown = in_array($path, $paths, true);
                // A backend that lacks what a case needs is none that fails it.
                if (!$isKnown || $outcome === 'ignored') {
                    continue;
                }
            }
            $this->enter("$target::$path", $outcome === 'ok' ? self::PASSED : strtolower($outcome));
        }
    }

    /** @param list<string> $names */
    private function phpt(array $names): void
    {
        if ($names === []) {
            return;
        }
        $php = (string) getenv('PHP_RUN_TESTS');
        $extension = 'extension=' . getenv('S3STORAGE_EXTENSION');
        $files = array_map(fn (string $name): string => "$this->root/tests-php/phpt/$name", $names);
        $printed = $this->command([PHP_BINARY, $php, '-q', '-d', $extension, ...$files]);
        // Without colours, and what was overwritten on a terminal.
        $printed = preg_replace('/\e\[[0-9;]*m|^.*\r(?!\n)/m', '', $printed);
        $line = '~^(PASS|FAIL|SKIP|BORK|WARN|XFAIL|LEAK)\b.*\[\S*?(\w+\.phpt)\](.*)~m';
        preg_match_all($line, $printed, $found, PREG_SET_ORDER);
        foreach ($found as [, $outcome, $name, $why]) {
            $this->enter($name, $outcome === 'PASS' ? self::PASSED : trim(strtolower($outcome) . $why));
        }
    }

    /** @param list<string> $names */
    private function phpunit(array $names): void
    {
        if ($names === []) {
            return;
        }
        $log = (string) tempnam(sys_get_temp_dir(), 's3storage-promises-');
        $this->command([
            PHP_BINARY, '-d', 'extension=' . getenv('S3STORAGE_EXTENSION'), (string) getenv('PHPUNIT'),
            '-c', "$this->root/tests-php/phpunit.xml", '--log-junit', $log,
            '--filter', '/\\\\(' . implode('|', $names) . ')( with data set .*)?$/s',
        ]);
        $xml = @simplexml_load_file($log);
        unlink($log);
        foreach ($xml === false ? [] : $xml->xpath('//testcase') as $case) {
            $class = substr((string) strrchr('\\' . $case['class'], '\\'), 1);
            $method = explode(' ', (string) $case['name'])[0];
            $outcome = match (true) {
                isset($case->failure), isset($case->error) => 'failed',
                isset($case->skipped) => 'skipped',
                default => self::PASSED,
            };
            $this->enter("$class::$method", $outcome);
        }
    }

    /** Of several runs of one test the worst counts. */
    private function enter(string $name, string $outcome): void
    {
        if (($this->outcomes[$name] ?? self::PASSED) === self::PASSED) {
            $this->outcomes[$name] = $outcome;
        }
    }

    /** @param list<string> $command */
    private function command(array $command): string
    {
        $environment = ['TEST_PHP_EXECUTABLE' => PHP_BINARY, 'NO_INTERACTION' => '1'] + getenv();
        $output = tmpfile() ?: throw new RuntimeException('no temporary file');
        $process = proc_open($command, [1 => $output, 2 => $output], $pipes, $this->root, $environment);
        if ($process === false) {
            throw new RuntimeException("$command[0] does not start");
        }
        $status = proc_close($process);
        rewind($output);
        $printed = (string) stream_get_contents($output);
        if ($status !== 0) {
            fwrite(STDERR, substr($printed, -8000));
        }
        return $printed;
    }
}
