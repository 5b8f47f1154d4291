<?php

declare(strict_types=1);

namespace S3Storage\Tests;

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
        $listed = $backend === 's3' && Environment::isMinio() ? 'minio' : $backend;
        $counts = &self::$counts[$backend];
        $counts ??= ['run' => 0, 'passed' => 0, 'skipped' => []];
        foreach (array_diff($case->needs ?? [], Table::capabilities()[$listed]) as $need) {
            $counts['skipped'][$need] = ($counts['skipped'][$need] ?? 0) + 1;
            self::markTestSkipped("needs $need");
        }
        if ($listed === 'minio' && ($difference = Table::differenceOfMinio($name)) !== null) {
            $counts['skipped']["what MinIO does not do (it $difference)"] ??= 0;
            ++$counts['skipped']["what MinIO does not do (it $difference)"];
            self::markTestSkipped("MinIO $difference");
        }
        ++$counts['run'];
        $variables = new Variables();
        $calls = new Calls(self::storage($backend, "$name/"), self::$folder);
        foreach ($case->steps as $number => $step) {
            $with = $variables->filled($step->with ?? new stdClass());
            $at = 'step ' . $number + 1 . " ($step->call " . json_encode($with) . ')';
            self::step($calls, $step, $with, $variables, $at);
        }
        $this->addToAssertionCount(1);
        ++$counts['passed'];
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
                'missing' => ['server' => 'under-test', 'bucket' => 's3storage-no-such-bucket'],
            ],
        ]);
    }

    /** @return array<string, mixed> */
    private static function server(string $backend): array
    {
        return match ($backend) {
            's3' => [
                'provider' => Environment::isMinio() ? 'minio' : 'generic',
                'endpoint' => Environment::endpoint(),
                'credentials' => ['key' => Environment::accessKey(), 'secret' => Environment::secretKey()],
            ],
            'local' => ['driver' => 'local', 'root' => self::$folder . 'buckets'],
            'memory' => ['driver' => 'memory'],
        };
    }
}
