<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** A development server of a test's own, with a log of its requests. */
final class Server
{
    public const BUCKET = 'own-bucket';
    public const ACCESS_KEY = 'ownkey';
    public const SECRET_KEY = 'ownsecret';

    private const START_SECONDS = 10;
    private const STOP_SECONDS = 5.0;

    public readonly string $endpoint;

    /** The file with the authority that a server with TLS made its certificate by; null without TLS. */
    public readonly ?string $caFile;

    private readonly string $log;
    private readonly int $owner;

    /** @var resource|null */
    private $process = null;

    /** @var array<int, resource> */
    private array $pipes = [];

    private function __construct(bool $tls, string ...$flags)
    {
        $this->caFile = $tls ? self::temporaryFolder() . '/ca.pem' : null;
        if ($this->caFile !== null) {
            array_push($flags, '--tls', dirname($this->caFile));
        }
        $this->owner = (int) getmypid();
        $this->log = (string) tempnam(sys_get_temp_dir(), 's3storage-log-');
        $command = [
            Environment::devServer(), '--port', '0', '--bucket', self::BUCKET, '--stop-with-stdin',
            '--access-key', self::ACCESS_KEY, '--secret-key', self::SECRET_KEY, '--access-log', $this->log, ...$flags,
        ];
        $process = proc_open($command, [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR], $this->pipes);
        if ($process === false) {
            throw new RuntimeException('the development server did not start');
        }
        $this->process = $process;
        $this->endpoint = $this->readEndpoint();
    }

    /** Starts a server with further flags, such as `--idle-timeout`, `1`. */
    public static function start(string ...$flags): self
    {
        return new self(false, ...$flags);
    }

    /** Starts a server that speaks https, with further flags. Its clients have to be told `caFile`. */
    public static function startTls(string ...$flags): self
    {
        return new self(true, ...$flags);
    }

    public function __destruct()
    {
        if ($this->owner === getmypid()) {
            $this->stop();
        }
    }

    /**
     * A configuration with one server, `own`, and one bucket, `files`.
     *
     * @param array<string, mixed> $server overrides
     * @param array<string, mixed> $bucket overrides
     * @return array<string, mixed>
     */
    public function config(array $server = [], array $bucket = []): array
    {
        return [
            'servers' => ['own' => $server + $this->section()],
            'buckets' => ['files' => $bucket + ['server' => 'own', 'bucket' => self::BUCKET]],
        ];
    }

    /**
     * This server as a section of a configuration.
     *
     * @return array<string, mixed>
     */
    public function section(): array
    {
        $section = [
            'endpoint' => $this->endpoint,
            'region' => 'us-east-1',
            'credentials' => ['key' => self::ACCESS_KEY, 'secret' => self::SECRET_KEY],
        ];
        return $this->caFile === null ? $section : $section + ['ca_file' => $this->caFile];
    }

    /**
     * Every request so far, in order.
     *
     * @return list<array{method: string, target: string, status: int, connection: string, key: string}>
     */
    public function requests(): array
    {
        return iterator_to_array($this->eachRequest(), false);
    }

    /**
     * The same, one after the other.
     *
     * @return \Generator<array{method: string, target: string, status: int, connection: string, key: string}>
     */
    public function eachRequest(): \Generator
    {
        foreach (new \SplFileObject($this->log) as $line) {
            if ($line !== '') {
                [$method, $target, $status, $connection, $key] = explode(' ', rtrim((string) $line));
                yield ['method' => $method, 'target' => $target, 'status' => (int) $status,
                    'connection' => $connection, 'key' => $key];
            }
        }
    }

    /**
     * The requests so far that list a bucket.
     *
     * @return list<string> their targets
     */
    public function listings(): array
    {
        $targets = array_column($this->requests(), 'target');
        return array_values(array_filter($targets, static fn (string $target) => str_contains($target, 'list-type=2')));
    }

    /** Forgets the requests so far. */
    public function forgetRequests(): void
    {
        file_put_contents($this->log, '');
    }

    /** Ends the server by the end of its standard input, and waits for it. */
    public function stop(): void
    {
        if ($this->process === null) {
            return;
        }
        fclose($this->pipes[0]);
        $until = microtime(true) + self::STOP_SECONDS;
        while (proc_get_status($this->process)['running'] && microtime(true) < $until) {
            usleep(5_000);
        }
        if (proc_get_status($this->process)['running']) {
            proc_terminate($this->process, 9);
        }
        fclose($this->pipes[1]);
        proc_close($this->process);
        $this->process = null;
        unlink($this->log);
        if ($this->caFile !== null) {
            array_map(unlink(...), glob(dirname($this->caFile) . '/*') ?: []);
            rmdir(dirname($this->caFile));
        }
    }

    private static function temporaryFolder(): string
    {
        $folder = sys_get_temp_dir() . '/s3storage-tls-' . bin2hex(random_bytes(6));
        mkdir($folder, 0o700);
        return $folder;
    }

    private function readEndpoint(): string
    {
        $read = [$this->pipes[1]];
        $none = null;
        $ready = stream_select($read, $none, $none, self::START_SECONDS);
        $line = $ready === 1 ? trim((string) fgets($this->pipes[1])) : '';
        if (!str_starts_with($line, $this->caFile === null ? 'http://127.0.0.1:' : 'https://127.0.0.1:')) {
            $this->stop();
            throw new RuntimeException("the development server did not say where it listens, but \"$line\"");
        }
        return $line;
    }
}
