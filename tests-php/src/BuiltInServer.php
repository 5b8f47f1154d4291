<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** PHP's own web server with the extension: one process that serves request after request, as a worker does. */
final class BuiltInServer
{
    private const START_TIME = 10.0;

    /** @param resource $process */
    private function __construct(private $process, private readonly string $address, private readonly string $file)
    {
    }

    /** Every request runs the code, after the functions of `phpt/helper.inc`. */
    public static function start(string $code): self
    {
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-router-');
        file_put_contents($file, "<?php\n$code\n");
        $address = substr(SilentServer::closedPort(), strlen('http://'));
        $command = [PHP_BINARY, '-d', 'extension=' . Environment::extension(), '-d', 'display_errors=1', '-S', $address,
            $file];
        $null = ['file', '/dev/null', 'w'];
        // One process: with workers, requests would meet processes that know nothing of each other.
        $environment = array_diff_key(getenv(), ['PHP_CLI_SERVER_WORKERS' => 1]);
        $process = proc_open($command, [['file', '/dev/null', 'r'], $null, $null], $pipes, null, $environment);
        if ($process === false) {
            throw new RuntimeException('PHP did not start');
        }
        $server = new self($process, $address, $file);
        for ($start = microtime(true); @fsockopen("tcp://$address") === false; usleep(10_000)) {
            if (microtime(true) - $start > self::START_TIME) {
                throw new RuntimeException('the web server did not start');
            }
        }
        return $server;
    }

    public function get(string $path): string
    {
        return RawHttp::get($this->url($path))->body;
    }

    public function url(string $path): string
    {
        return "http://$this->address$path";
    }

    public function stop(): void
    {
        proc_terminate($this->process, 9);
        proc_close($this->process);
        unlink($this->file);
    }
}
