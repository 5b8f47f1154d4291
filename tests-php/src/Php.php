<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** A PHP process of its own with the extension, for what would end, fork or pollute the process of the tests. */
final class Php
{
    private const TIMEOUT = 60.0;

    private function __construct(
        public readonly int $exitCode,
        public readonly string $output,
        public readonly string $errors,
        public readonly float $seconds,
    ) {
    }

    /**
     * Runs code, after the functions of `phpt/helper.inc`.
     *
     * @param array<string, string|null> $environment changes; null takes a variable away
     * @param array<string, string|null> $ini settings; null takes one away, such as `extension`
     * @param list<string> $under a command that runs PHP, such as strace
     */
    public static function run(string $code, array $environment = [], array $ini = [], array $under = []): self
    {
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-php-');
        $helper = var_export(dirname(__DIR__) . '/phpt/helper.inc', true);
        file_put_contents($file, "<?php\nrequire $helper;\n$code\n");
        try {
            return self::file($file, [], $environment, $ini, $under);
        } finally {
            unlink($file);
        }
    }

    /**
     * Runs a script.
     *
     * @param list<string> $arguments
     * @param array<string, string|null> $environment changes; null takes a variable away
     * @param array<string, string|null> $ini settings; null takes one away, such as `extension`
     * @param list<string> $under a command that runs PHP, such as strace
     */
    public static function file(
        string $file,
        array $arguments = [],
        array $environment = [],
        array $ini = [],
        array $under = [],
    ): self {
        $ini += ['extension' => Environment::extension(), 'display_errors' => 'stderr', 'error_reporting' => '-1',
            'html_errors' => '0', 'log_errors' => '0', 'zend.exception_ignore_args' => '0'];
        $command = [...$under, PHP_BINARY];
        foreach (array_filter($ini, static fn (?string $value) => $value !== null) as $name => $value) {
            array_push($command, '-d', "$name=$value");
        }
        $environment = array_filter($environment + getenv(), static fn (?string $value) => $value !== null);
        $output = self::temporaryStream();
        $errors = self::temporaryStream();
        $start = microtime(true);
        $streams = [0 => ['file', '/dev/null', 'r'], 1 => $output, 2 => $errors];
        $process = proc_open([...$command, $file, ...$arguments], $streams, $pipes, null, $environment);
        if ($process === false) {
            throw new RuntimeException('PHP did not start');
        }
        $exitCode = self::wait($process, $start);
        $seconds = microtime(true) - $start;
        rewind($output);
        rewind($errors);
        [$printed, $complained] = [stream_get_contents($output), stream_get_contents($errors)];
        return new self($exitCode, (string) $printed, (string) $complained, $seconds);
    }

    /** @param resource $process */
    private static function wait($process, float $start): int
    {
        while (($status = proc_get_status($process))['running']) {
            if (microtime(true) - $start > self::TIMEOUT) {
                proc_terminate($process, 9);
            }
            usleep(2_000);
        }
        proc_close($process);
        return $status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'];
    }

    /** @return resource */
    private static function temporaryStream()
    {
        return tmpfile() ?: throw new RuntimeException('no temporary file');
    }
}
