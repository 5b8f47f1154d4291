<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** PHP's own web server over one script, which finds `$s3`: a handle on the shared server under a prefix. */
final class WebServer
{
    public readonly string $url;

    /** @var resource */
    private $process;

    private readonly string $script;

    /**
     * @param array<string, mixed> $config of the handle
     * @param array<string, string> $ini further settings
     */
    public function __construct(string $code, array $config, array $ini = [])
    {
        $this->script = (string) tempnam(sys_get_temp_dir(), 's3storage-web-');
        $configuration = var_export($config, true);
        file_put_contents($this->script, "<?php\n\$s3 = new S3Storage($configuration);\n$code\n");
        $probe = stream_socket_server('tcp://127.0.0.1:0') ?: throw new RuntimeException('no free port');
        $address = (string) stream_socket_get_name($probe, false);
        fclose($probe);
        $command = [PHP_BINARY, '-d', 'extension=' . Environment::extension(), '-d', 'display_errors=0'];
        foreach ($ini as $name => $value) {
            array_push($command, '-d', "$name=$value");
        }
        $streams = [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']];
        $process = proc_open([...$command, '-S', $address, $this->script], $streams, $pipes);
        $this->process = $process ?: throw new RuntimeException('the web server did not start');
        $this->url = "http://$address";
        for ($i = 0; $i < 200 && ($up = @stream_socket_client("tcp://$address")) === false; $i++) {
            usleep(10_000);
        }
        if ($up === false) {
            throw new RuntimeException('the web server does not listen');
        }
        fclose($up);
    }

    public function __destruct()
    {
        proc_terminate($this->process, 9);
        proc_close($this->process);
        unlink($this->script);
    }

    /**
     * One request.
     *
     * @param array<string, string> $headers
     * @return array{status: int, headers: array<string, string>, body: string}
     */
    public function request(string $path, array $headers = [], string $method = 'GET'): array
    {
        $lines = array_map(static fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
        $handle = curl_init($this->url . $path);
        $received = [];
        curl_setopt_array($handle, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_NOBODY => $method === 'HEAD',
            CURLOPT_TIMEOUT => 30,
            CURLOPT_HEADERFUNCTION => static function ($handle, string $line) use (&$received): int {
                if (str_contains($line, ':')) {
                    [$name, $value] = explode(':', $line, 2);
                    $received[strtolower($name)] = trim($value);
                }
                return strlen($line);
            },
        ]);
        $body = (string) curl_exec($handle);
        return ['status' => curl_getinfo($handle, CURLINFO_RESPONSE_CODE), 'headers' => $received, 'body' => $body];
    }
}
