<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/** The kinds of work that are measured. Each warms up, works, and answers one number in the unit of its rows. */
final class Work
{
    private const MIB = 1 << 20;

    /** @param class-string<Contender> $class */
    public function __construct(
        private readonly string $class,
        private readonly Target $target,
        private readonly string $directory,
    ) {
    }

    public function run(string $work, int $size, int $calls): float
    {
        $client = new $this->class($this->target);
        $key = "$size/bench.bin";
        $content = str_starts_with($work, 'put') ? random_bytes($size) : '';
        // Only where it is written: it would count as memory of any other work.
        $line = "The quick brown fox jumps over the lazy dog.\n";
        $text = $work === 'put-text' ? substr(str_repeat($line, 1 + intdiv($size, 45)), 0, $size) : '';
        $file = "$this->directory/" . ($work === 'upload' ? "in-$size" : 'out-' . getmypid());
        return match ($work) {
            'get' => $this->cpu(static fn () => strlen($client->get($key)), $size, $calls),
            'put' => $this->cpu(static fn () => $client->put($key, $content), null, $calls),
            'put-as' => $this->cpu(static fn () => $client->putAs("$size/a.jpg", $content, 'image/jpeg'), null, $calls),
            'put-text' => $this->cpu(static fn () => $client->put("$size/a.txt", $text), null, $calls),
            'exists' => $this->cpu(static fn () => $client->exists($key), true, $calls),
            'head' => $this->cpu(static fn () => $client->head($key), $size, $calls),
            'presign' => $this->cpu(static fn () => strlen($client->presign($key)) > 100, true, $calls),
            'new' => $this->cpu(fn () => strlen((new $this->class($this->target))->get($key)), $size, $calls),
            'many' => $this->many($client, $key, $size, $calls),
            'list' => 1e3 * $this->seconds(static fn () => $client->list("list-$size/"), $size, $calls),
            'walk' => $this->cpu(static fn () => $client->list("list-$size/"), $size, $calls),
            'time' => 1e3 * $this->seconds(static fn () => strlen($client->get($key)), $size, $calls),
            // Nothing is warmed up: a string of the size before would be counted as memory, too.
            'string' => $this->rate(static fn () => strlen($client->get($key)), $size, 1),
            'upload' => $this->rate(static fn () => $client->upload($file, $key), $size, $calls),
            'download' => $this->rate(static function () use ($client, $key, $file): int {
                $client->download($key, $file);
                clearstatcache();
                $size = filesize($file);
                unlink($file);
                return $size;
            }, $size, $calls),
        };
    }

    /** Microseconds of CPU per call. */
    private function cpu(callable $call, mixed $expected, int $calls): float
    {
        for ($i = 0; $i < max(1, intdiv($calls, 10)); $i++) {
            $this->check($call(), $expected);
        }
        return CpuTime::ofCall($call, $calls);
    }

    /** Objects per second. */
    private function many(Contender $client, string $key, int $size, int $calls): float
    {
        $client->getMany(array_fill(0, 32, $key), 32);
        // Other keys, as an application has them: the same size, all the same.
        $keys = array_map(static fn (int $i) => "$size/bench-$i.bin", range(1, $calls));
        return $calls / $this->seconds(static fn () => $client->getMany($keys, 32), $size * $calls, 1);
    }

    /** MiB per second. */
    private function rate(callable $call, int $size, int $calls): float
    {
        return $size / self::MIB / $this->seconds($call, null, $calls);
    }

    /** Seconds of one call. */
    private function seconds(callable $call, mixed $expected, int $calls): float
    {
        if ($calls > 1) {
            $call();
        }
        $start = hrtime(true);
        for ($i = 0; $i < $calls; $i++) {
            $this->check($call(), $expected);
        }
        return (hrtime(true) - $start) / 1e9 / $calls;
    }

    private function check(mixed $got, mixed $expected): void
    {
        if ($expected !== null && $got !== $expected) {
            throw new RuntimeException(var_export($got, true) . ' came back, not ' . var_export($expected, true));
        }
    }
}
