<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** The curl of the command line, as whoever is handed a presigned URL may use it. */
final class Curl
{
    private const TIMEOUT = '20';

    private function __construct(public readonly int $status, public readonly string $body)
    {
    }

    /** @param list<string> $options more options, such as `--cacert`, `ca.pem` */
    public static function get(string $url, array $options = []): self
    {
        return self::run([...$options, $url]);
    }

    /**
     * @param array<string, string> $headers
     * @param list<string> $options more options
     */
    public static function put(string $url, string $body, array $headers = [], array $options = []): self
    {
        foreach ($headers as $name => $value) {
            array_push($options, '--header', "$name: $value");
        }
        // From a file, so that its length is known and announced.
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-curl-');
        file_put_contents($file, $body);
        try {
            return self::run([...$options, '--upload-file', $file, $url]);
        } finally {
            unlink($file);
        }
    }

    /**
     * Posts a form: its fields, then the file.
     *
     * @param array<string, string> $fields
     * @param list<string> $options more options
     */
    public static function post(
        string $url,
        array $fields,
        string $content,
        string $fileName = 'upload.bin',
        array $options = [],
    ): self {
        foreach ($fields as $name => $value) {
            // Not --form: it gives a meaning to a leading @ or <, and to a `;type=`.
            array_push($options, '--form-string', "$name=$value");
        }
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-curl-');
        file_put_contents($file, $content);
        try {
            return self::run([...$options, '--form', "file=@$file;filename=\"$fileName\"", $url]);
        } finally {
            unlink($file);
        }
    }

    /** @param list<string> $arguments */
    private static function run(array $arguments): self
    {
        // No .curlrc of whoever runs the tests; nothing of the URL is a pattern; the status comes last.
        $command = ['curl', '--disable', '--silent', '--show-error', '--globoff', '--noproxy', '*', '--max-time',
            self::TIMEOUT, '--write-out', '%{http_code}', ...$arguments];
        $process = proc_open($command, [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => STDERR], $pipes);
        if ($process === false) {
            throw new RuntimeException('curl did not start');
        }
        $output = (string) stream_get_contents($pipes[1]);
        $exitCode = proc_close($process);
        if ($exitCode !== 0) {
            throw new RuntimeException("curl ended with $exitCode");
        }
        return new self((int) substr($output, -3), substr($output, 0, -3));
    }
}
