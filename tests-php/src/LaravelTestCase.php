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
