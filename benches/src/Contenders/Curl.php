<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use CurlHandle;
use RuntimeException;
use S3Storage\Benches\Contender;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\SigV4;
use S3Storage\Benches\Target;

/**
 * PHP's curl extension at its best: a handle for each kind of request, set up once, its connection kept, nothing
 * signed. What S3 asks for beyond that (signatures, retries, what an error means) is not done.
 */
final class Curl implements Contender
{
    /** @var array<string, CurlHandle> */
    private array $handles = [];

    public static function missing(): ?string
    {
        return extension_loaded('curl') ? null : 'not installed';
    }

    public function __construct(private readonly Target $target)
    {
    }

    public function get(string $key): string
    {
        return (string) $this->run($this->handles["get $key"] ??= $this->handle($key));
    }

    public function put(string $key, string $content): void
    {
        $this->run($this->handles["put $key"] ??= $this->handle($key, [
            CURLOPT_CUSTOMREQUEST => 'PUT',
            CURLOPT_POSTFIELDS => $content,
            CURLOPT_HTTPHEADER => ['Content-Type: application/octet-stream', 'Expect:'],
        ]));
    }

    public function head(string $key): int
    {
        $handle = $this->handles["head $key"] ??= $this->handle($key, [CURLOPT_NOBODY => true]);
        $this->run($handle);
        return (int) curl_getinfo($handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    }

    public function presign(string $key): string
    {
        return SigV4::presign('GET', $this->target->url($key), Target::ACCESS_KEY, Target::SECRET_KEY, 3600);
    }

    public function list(string $prefix): int
    {
        throw new NotThere('reads no listings');
    }

    public function upload(string $file, string $key): void
    {
        $input = fopen($file, 'rb');
        $this->run($this->handle($key, [
            CURLOPT_UPLOAD => true,
            CURLOPT_INFILE => $input,
            CURLOPT_INFILESIZE => filesize($file),
            CURLOPT_UPLOAD_BUFFERSIZE => 1 << 20,
        ]));
        fclose($input);
    }

    public function download(string $key, string $file): void
    {
        $output = fopen($file, 'wb');
        $this->run($this->handle($key, [
            CURLOPT_RETURNTRANSFER => false,
            CURLOPT_FILE => $output,
            CURLOPT_BUFFERSIZE => 512 << 10,
        ]));
        fclose($output);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        $multi = curl_multi_init();
        // Not over one connection, which it would wait for: the same as the others do.
        curl_multi_setopt($multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
        [$bytes, $next, $running] = [0, 0, 0];
        $idle = array_map(fn () => $this->handle($keys[0]), range(1, $concurrency));
        while ($next < count($keys) || $running > 0) {
            while ($idle !== [] && $next < count($keys)) {
                $handle = array_pop($idle);
                curl_setopt($handle, CURLOPT_URL, $this->target->url($keys[$next++]));
                curl_multi_add_handle($multi, $handle);
                $running++;
            }
            curl_multi_exec($multi, $active);
            while (($done = curl_multi_info_read($multi)) !== false) {
                $bytes += strlen((string) curl_multi_getcontent($done['handle']));
                curl_multi_remove_handle($multi, $done['handle']);
                $idle[] = $done['handle'];
                $running--;
            }
            if ($running > 0 && $idle === []) {
                curl_multi_select($multi);
            }
        }
        return $bytes;
    }

    /** @param array<int, mixed> $options */
    private function handle(string $key, array $options = []): CurlHandle
    {
        $handle = curl_init();
        curl_setopt_array($handle, $options + [
            CURLOPT_URL => $this->target->url($key),
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
            CURLOPT_PROXY => '',
        ] + ($this->target->caFile === null ? [] : [CURLOPT_CAINFO => $this->target->caFile]));
        return $handle;
    }

    private function run(CurlHandle $handle): string|bool
    {
        $body = curl_exec($handle);
        if ($body === false || curl_getinfo($handle, CURLINFO_RESPONSE_CODE) !== 200) {
            throw new RuntimeException('curl: ' . curl_error($handle));
        }
        return $body;
    }
}
