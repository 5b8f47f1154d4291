<?php

declare(strict_types=1);

namespace S3Storage\Benches\Contenders;

use AsyncAws\Core\Credentials\Credentials;
use AsyncAws\Core\Request;
use AsyncAws\Core\RequestContext;
use AsyncAws\Core\Signer\SignerV4;
use AsyncAws\Core\Stream\StringStream;
use S3Storage\Benches\Contender;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\Target;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Contracts\HttpClient\HttpClientInterface;
use Symfony\Contracts\HttpClient\ResponseInterface;

/**
 * What async-aws/s3 stands on, without itself: the signer of async-aws/core on Symfony's HTTP client, as Debian has
 * both. Building of inputs, reading of results, retries and what an error means come on top: async-aws/s3 takes more.
 */
final class AsyncAwsCore implements Contender
{
    private readonly HttpClientInterface $http;
    private readonly SignerV4 $signer;
    private readonly Credentials $credentials;

    public static function missing(): ?string
    {
        @include_once 'AsyncAws/Core/autoload.php';
        @include_once 'Symfony/Component/HttpClient/autoload.php';
        return class_exists(SignerV4::class) && class_exists(HttpClient::class) ? null : 'not installed';
    }

    public function __construct(private readonly Target $target)
    {
        $this->http = HttpClient::create($target->caFile === null ? [] : ['cafile' => $target->caFile]);
        $this->signer = new SignerV4('s3', Target::REGION);
        $this->credentials = new Credentials(Target::ACCESS_KEY, Target::SECRET_KEY);
    }

    public function get(string $key): string
    {
        return $this->send('GET', $key)->getContent();
    }

    public function put(string $key, string $content): void
    {
        $this->send('PUT', $key, $content)->getHeaders();
    }

    public function head(string $key): int
    {
        return (int) $this->send('HEAD', $key)->getHeaders()['content-length'][0];
    }

    public function presign(string $key): string
    {
        $request = new Request('GET', '/' . Target::BUCKET . "/$key", [], [], StringStream::create(''));
        $request->setEndpoint($this->target->url($key));
        $this->signer->presign($request, $this->credentials, new RequestContext());
        return $request->getEndpoint();
    }

    public function list(string $prefix): int
    {
        throw new NotThere('reads no listings');
    }

    public function upload(string $file, string $key): void
    {
        throw new NotThere('sends no files');
    }

    public function download(string $key, string $file): void
    {
        $output = fopen($file, 'wb');
        foreach ($this->http->stream($this->send('GET', $key, buffer: false)) as $chunk) {
            fwrite($output, $chunk->getContent());
        }
        fclose($output);
    }

    public function getMany(array $keys, int $concurrency): int
    {
        $bytes = 0;
        foreach (array_chunk($keys, $concurrency) as $some) {
            $answers = array_map(fn (string $key) => $this->send('GET', $key), $some);
            foreach ($answers as $answer) {
                $bytes += strlen($answer->getContent());
            }
        }
        return $bytes;
    }

    private function send(string $method, string $key, string $content = '', bool $buffer = true): ResponseInterface
    {
        $headers = $content === '' ? [] : ['content-type' => 'application/octet-stream'];
        $headers['x-amz-content-sha256'] = hash('sha256', $content);
        $request = new Request($method, '/' . Target::BUCKET . "/$key", [], $headers, StringStream::create($content));
        $request->setEndpoint($this->target->url($key));
        $this->signer->sign($request, $this->credentials, new RequestContext());
        return $this->http->request($method, $request->getEndpoint(), [
            'headers' => $request->getHeaders(),
            'buffer' => $buffer,
        ] + ($content === '' ? [] : ['body' => $content]));
    }
}
