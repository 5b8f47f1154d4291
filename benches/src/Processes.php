<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/** The servers, the slow lines and the clients of a run, each on the core that it belongs to. */
final class Processes
{
    /** @var list<resource> */
    private array $running = [];
    /** @var list<array<int, resource>> held, so that what reads them does not end */
    private array $pipes = [];
    /** @var array<string, string> addresses by scheme, for a server on the client's core */
    private array $together;
    /** @var array<string, string> the same on the other core */
    private array $apart;
    /** @var array<string, string> addresses of lines */
    private array $lines = [];
    private readonly string $clientCore;

    public function __construct(
        private readonly string $program,
        private readonly string $extension,
        private readonly string $directory,
    ) {
        $cores = self::cores();
        // The last core is the client's; servers that shall work beside it have the first.
        $this->clientCore = (string) end($cores);
        $this->together = $this->server('together', $this->clientCore);
        $this->apart = $this->server('apart', (string) $cores[0]);
        foreach (['20ms' => ['20', '0'], '100mbit' => ['0', '100']] as $name => $line) {
            $address = substr($this->apart['http'], strlen('http://'));
            $this->lines[$name] = 'http://' . $this->start((string) $cores[0], ['line', $address, ...$line]);
        }
    }

    /** Where a row's server is, and what certificate it has. */
    public function target(Row $row): Target
    {
        $servers = $row->oneCore ? $this->together : $this->apart;
        $name = $row->oneCore ? 'together' : 'apart';
        $caFile = $row->scheme === 'https' ? "$this->directory/$name/ca.pem" : null;
        return new Target($row->line === '' ? $servers[$row->scheme] : $this->lines[$row->line], $caFile);
    }

    /**
     * What one measurement says.
     *
     * @return array{value: float, rss: float}|array{missing: string}
     */
    public function measure(Row $row, string $contender): array
    {
        $target = $this->target($row);
        if ($contender === 'Raw') {
            return ['value' => $this->raw($row, $target), 'rss' => 0.0];
        }
        $said = $this->run([
            ...$this->php($contender), __DIR__ . '/../measure.php', $contender, $row->work, (string) $row->size,
            (string) $row->calls, $target->endpoint, (string) $target->caFile, $this->directory,
        ]);
        return json_decode($said, true, flags: JSON_THROW_ON_ERROR);
    }

    /** Milliseconds of a script with one GET, above those of PHP without one; null where the contender is missing. */
    public function coldStart(Row $row, string $contender): ?float
    {
        $script = [__DIR__ . '/../cold.php', $contender, $this->target($row)->endpoint];
        [$bare, $with] = [[], []];
        for ($i = 0; $i < 11; $i++) {
            $bare[] = $this->seconds([PHP_BINARY, '-n', '-r', '']);
            $took = $this->seconds([...$this->php($contender), ...$script], 2);
            if ($took === null) {
                return null;
            }
            $with[] = $took;
        }
        return 1e3 * (CpuTime::median($with) - CpuTime::median($bare));
    }

    /** The most that PHP holds that does nothing, in MB. */
    public function bareMemory(): float
    {
        $script = 'preg_match("/VmHWM:\s+(\d+)/", file_get_contents("/proc/self/status"), $peak); echo $peak[1];';
        return (float) $this->run([PHP_BINARY, '-n', '-r', $script]) / 1024;
    }

    public function stop(): void
    {
        foreach ($this->running as $process) {
            proc_terminate($process);
            proc_close($process);
        }
        $this->running = [];
    }

    private function raw(Row $row, Target $target): float
    {
        $file = match ($row->work) {
            'upload' => ["$this->directory/in-$row->size"],
            'download' => ["$this->directory/out-raw"],
            default => [],
        };
        $url = $target->url("$row->size/bench.bin");
        $value = (float) $this->run([
            $this->program, 'raw', $row->work, $url, (string) $row->calls, (string) $target->caFile, ...$file,
        ]);
        return $row->lessIsBetter() ? $value : $row->size / (1 << 20) / $value;
    }

    /** @return list<string> PHP without .ini files, with what the contender needs */
    private function php(string $contender): array
    {
        // What setup.sh has unpacked because it cannot be installed beside a peer comes last.
        $unpacked = dirname(__DIR__, 2) . '/.cache/flysystem-packages/usr/share/php';
        $php = [PHP_BINARY, '-n', '-d', 'memory_limit=-1', '-d', "include_path=.:/usr/share/php:$unpacked"];
        if (in_array($contender, ['S3storage', 'Adapter'], true)) {
            array_push($php, '-d', "extension=$this->extension");
        }
        if ($contender === 'S3storage') {
            return $php;
        }
        // What the peers ask for.
        foreach (['curl', 'mbstring', 'simplexml', 'dom', 'xml', 'ctype', 'tokenizer', 'fileinfo'] as $module) {
            if (is_file(ini_get('extension_dir') . "/$module.so") && ($contender !== 'Curl' || $module === 'curl')) {
                array_push($php, '-d', "extension=$module");
            }
        }
        return $php;
    }

    /** @param list<string> $command */
    private function run(array $command): string
    {
        $command = ['taskset', '-c', $this->clientCore, ...$command];
        $ends = [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['pipe', 'w']];
        $process = proc_open($command, $ends, $pipes);
        $said = stream_get_contents($pipes[1]);
        $complained = stream_get_contents($pipes[2]);
        if (proc_close($process) !== 0) {
            throw new RuntimeException(implode(' ', $command) . " failed:\n$said$complained");
        }
        return (string) $said;
    }

    /** @param list<string> $command */
    private function seconds(array $command, int $missing = -1): ?float
    {
        $command = ['taskset', '-c', $this->clientCore, ...$command];
        $start = hrtime(true);
        $process = proc_open($command, [0 => ['file', '/dev/null', 'r']], $pipes);
        $status = proc_close($process);
        $took = (hrtime(true) - $start) / 1e9;
        if ($status !== 0 && $status !== $missing) {
            throw new RuntimeException(implode(' ', $command) . " ended with $status");
        }
        return $status === 0 ? $took : null;
    }

    /** @return array<string, string> */
    private function server(string $name, string $core): array
    {
        mkdir("$this->directory/$name");
        [$http, $https] = explode(' ', $this->start($core, ['serve', "$this->directory/$name"]));
        return ['http' => $http, 'https' => $https];
    }

    /**
     * Starts the program; answers the line that it says first.
     *
     * @param list<string> $arguments
     */
    private function start(string $core, array $arguments): string
    {
        $command = ['taskset', '-c', $core, $this->program, ...$arguments];
        // It ends with its standard input, which is ours: also when this process is killed.
        $process = proc_open($command, [0 => ['pipe', 'r'], 1 => ['pipe', 'w']], $pipes);
        $this->running[] = $process;
        $this->pipes[] = $pipes;
        $line = trim((string) fgets($pipes[1]));
        return $line !== '' ? $line : throw new RuntimeException(implode(' ', $command) . ' did not start');
    }

    /** @return non-empty-list<int> the cores that this process may use */
    private static function cores(): array
    {
        preg_match('/Cpus_allowed_list:\s+(\S+)/', (string) file_get_contents('/proc/self/status'), $match);
        $cores = [];
        foreach (explode(',', $match[1]) as $range) {
            [$first, $last] = [...explode('-', $range), $range];
            array_push($cores, ...range((int) $first, (int) $last));
        }
        return $cores;
    }
}
