<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Http\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;

/** A test with a booted application of Laravel. */
abstract class LaravelTestCase extends StorageTestCase
{
    protected ?LaravelApplication $application = null;

    protected function tearDown(): void
    {
        $this->application?->end();
        parent::tearDown();
    }

    /**
     * A new application in place of the one before.
     *
     * @param array<string, array<string, mixed>> $disks
     * @param array<string, mixed> $s3storage `config/s3storage.php`
     */
    protected function bootWith(array $disks, array $s3storage = []): void
    {
        $this->application?->end();
        $this->application = new LaravelApplication($disks, $s3storage);
    }

    /**
     * The disk `s3` of a piece of `config/filesystems.php`, with the variables of `.env` for the server of the tests.
     *
     * @return array<string, mixed>
     */
    protected static function evaluated(string $code): array
    {
        $variables = [
            'AWS_ACCESS_KEY_ID' => Environment::accessKey(),
            'AWS_SECRET_ACCESS_KEY' => Environment::secretKey(),
            'AWS_DEFAULT_REGION' => 'us-east-1',
            'AWS_BUCKET' => Environment::bucket(),
            'AWS_ENDPOINT' => Environment::endpoint(),
            'AWS_USE_PATH_STYLE_ENDPOINT' => 'true',
        ];
        $_ENV += $variables;
        $disks = eval($code);
        $_ENV = array_diff_key($_ENV, $variables);
        return $disks['s3'];
    }

    /**
     * The application's answer to a GET, streamed.
     *
     * @param array<string, string> $headers
     */
    protected function get(string $uri, array $headers = []): StreamedResponse
    {
        $request = Request::create($uri);
        $request->headers->add($headers);
        $response = $this->handle($request);
        self::assertInstanceOf(StreamedResponse::class, $response);
        return $response->prepare($request);
    }

    protected function handle(Request $request): Response
    {
        return $this->application->app->make(Kernel::class)->handle($request);
    }

    protected static function content(StreamedResponse $response): string
    {
        ob_start();
        $response->sendContent();
        return (string) ob_get_clean();
    }
}
