<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\AssertionFailedError;
use PHPUnit\Framework\TestCase;
use S3Storage;
use S3Storage\Exception\S3Exception;
use S3Storage\Tests\Contract\Calls;
use S3Storage\Tests\Contract\Table;
use S3Storage\Tests\Contract\Variables;
use stdClass;

/** What every backend does alike, through the class: the table of cases that the core passes, too. */
final class ContractTest extends TestCase
{
    private static string $folder;

    /** What every key of this run begins with. */
    private static string $run;

    /** @var array<string, array{run: int, passed: int, skipped: array<string, int>}> */
    private static array $counts = [];

    public static function setUpBeforeClass(): void
    {
        self::$run = 'contract-' . bin2hex(random_bytes(6)) . '/';
        self::$folder = sys_get_temp_dir() . '/s3storage-' . self::$run;
        mkdir(self::$folder . 'buckets', recursive: true);
    }

    public static function tearDownAfterClass(): void
    {
        foreach (self::$counts as $backend => ['run' => $run, 'passed' => $passed, 'skipped' => $skipped]) {
            $skips = implode(', ', array_map(
                static fn (string $need, int $count): string => "$count need $need",
                array_keys($skipped),
                $skipped,
            ));
            fwrite(STDERR, "\ncontract over $backend: $run cases run, $passed passed, skipped: " . ($skips ?: 'none'));
            self::storage($backend, '')->deletePrefix('', all: true);
        }
        exec('rm -r ' . escapeshellarg(self::$folder));
    }

    /** @return iterable<string, array{string, string, stdClass}> */
    public static function cases(): iterable
    {
        foreach (['s3', 'local', 'memory'] as $backend) {
            foreach (Table::cases() as $name => $case) {
                yield "$backend $name" => [$backend, $name, $case];
            }
        }
    }

    /** @dataProvider cases */
    public function testACaseHolds(string $backend, string $name, stdClass $case): void
    {
        $counts = &self::$counts[$backend];
        $counts ??= ['run' => 0, 'passed' => 0, 'skipped' => []];
        foreach (array_diff($case->needs ?? [], self::capabilities($backend)) as $need) {
            $counts['skipped'][$need] = ($counts['skipped'][$need] ?? 0) + 1;
            self::markTestSkipped("needs $need");
        }
        ++$counts['run'];
        $difference = $backend === 's3' ? Table::differences(Environment::server())[$name] ?? null : null;
        if ($difference === null) {
            self::runCase($backend, $name, $case);
        } else {
            self::differs($backend, $name, $case, $difference);
        }
        $this->addToAssertionCount(1);
        ++$counts['passed'];
    }

    /** A case in which the server is known to differ fails. What it shows is looked at in Rust. */
    private static function differs(string $backend, string $name, stdClass $case, stdClass $difference): void
    {
        try {
            self::runCase($backend, $name, $case);
        } catch (AssertionFailedError) {
            return;
        }
        self::fail("servers.json lists this case as different ($difference->what), and it holds: take it off");
    }

    private static function runCase(string $backend, string $name, stdClass $case): void
    {
        $variables = new Variables();
        $calls = new Calls(self::storage($backend, "$name/"), self::$folder);
        foreach ($case->steps as $number => $step) {
            $with = $variables->filled($step->with ?? new stdClass());
            if (isset($step->needs) && !in_array($step->needs, self::capabilities($backend), true)) {
                $step = (object) ['call' => $step->call, 'fails' => 'UNSUPPORTED'];
            }
            $at = 'step ' . $number + 1 . " ($step->call " . json_encode($with) . ')';
            self::step($calls, $step, $with, $variables, $at);
        }
    }

    private static function step(Calls $calls, stdClass $step, stdClass $with, Variables $variables, string $at): void
    {
        try {
            $answer = $calls->call($step->call, $with);
        } catch (S3Exception $exception) {
            $message = "$at: {$exception->getMessage()}";
            self::assertSame($step->fails ?? 'no failure', $exception->getErrorCode(), $message);
            return;
        }
        self::assertFalse(property_exists($step, 'fails'), "$at did not fail with " . ($step->fails ?? ''));
        if (property_exists($step, 'gives')) {
            $variables->compare($step->gives, $answer, $at);
        }
        $variables->keep($step->keep ?? new stdClass(), $answer);
    }

    /** @return list<string> */
    private static function capabilities(string $backend): array
    {
        if ($backend !== 's3') {
            return Table::capabilities()[$backend];
        }
        $assumed = Table::capabilities()[Environment::provider()];
        return array_values(array_diff($assumed, Table::lacking(Environment::server())));
    }

    /** The aliases that every case has. */
    private static function storage(string $backend, string $below): S3Storage
    {
        $bucket = static fn (string $server, string $alias): array => [
            'server' => $server,
            'bucket' => $backend === 's3' ? Environment::bucket() : 'contract',
            'prefix' => self::$run . ($below === '' ? '' : "$below$alias"),
        ];
        return new S3Storage([
            'default' => 'main',
            'servers' => ['under-test' => self::server($backend), 'another' => ['driver' => 'memory']],
            'buckets' => [
                'main' => $bucket('under-test', 'main'),
                'other' => $bucket('under-test', 'other'),
                'elsewhere' => $bucket('another', 'elsewhere'),
                'missing' => ['server' => 'under-test', 'bucket' => 's3storage-none-' . bin2hex(random_bytes(8))],
            ],
        ]);
    }

    /** @return array<string, mixed> */
    private static function server(string $backend): array
    {
        return match ($backend) {
            's3' => [
                'endpoint' => Environment::endpoint(),
                'provider' => Environment::provider(),
                'credentials' => ['key' => Environment::accessKey(), 'secret' => Environment::secretKey()],
            ],
            'local' => ['driver' => 'local', 'root' => self::$folder . 'buckets'],
            'memory' => ['driver' => 'memory'],
        };
    }
}
