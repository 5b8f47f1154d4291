<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Closure;
use Psr\Log\NullLogger;
use S3Storage\Storage;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/** A test of the bundle in booted kernels, whose server and credentials are variables of the environment. */
abstract class SymfonyTestCase extends StorageTestCase
{
    /** @var list<SymfonyApplication> */
    private array $applications = [];

    private const VARIABLES = ['APP_ENDPOINT', 'APP_KEY', 'APP_SECRET_KEY', 'APP_BUCKET', 'APP_PREFIX'];

    protected function setUp(): void
    {
        parent::setUp();
        $values = [Environment::endpoint(), Environment::accessKey(), Environment::secretKey(), Environment::bucket(),
            $this->prefix];
        $_ENV = array_combine(self::VARIABLES, $values) + $_ENV;
    }

    protected function tearDown(): void
    {
        array_map(static fn (SymfonyApplication $application) => $application->end(), $this->applications);
        $_ENV = array_diff_key($_ENV, array_flip(self::VARIABLES));
        parent::tearDown();
    }

    /**
     * @param array<string, mixed>|null                $s3storage
     * @param array<string, array<string, mixed>|null> $extensions
     * @param array<string, string>                    $parameters
     */
    protected function application(
        ?array $s3storage,
        array $extensions = [],
        ?Closure $services = null,
        bool $debug = false,
        array $parameters = [],
        ?SymfonyLoggerChannels $pass = null,
    ): SymfonyApplication {
        $used = static function ($configurator) use ($services): void {
            // What no service uses is taken away.
            $configurator->alias('test.' . Storage::class, Storage::class);
            $configurator->set('logger', NullLogger::class);
            $services === null || $services($configurator);
        };
        $extensions = ['s3storage' => $s3storage] + $extensions;
        return $this->applications[] = new SymfonyApplication($extensions, $used, $debug, $parameters, $pass);
    }

    /**
     * @param array<string, array<string, mixed>> $buckets
     * @return array<string, mixed>
     */
    protected static function files(array $buckets = []): array
    {
        $credentials = ['key' => '%env(APP_KEY)%', 'secret' => '%env(APP_SECRET_KEY)%'];
        $server = ['endpoint' => '%env(APP_ENDPOINT)%', 'region' => 'us-east-1', 'credentials' => $credentials];
        $bucket = ['server' => 'main', 'bucket' => '%env(APP_BUCKET)%', 'prefix' => '%env(APP_PREFIX)%'];
        return ['default' => 'files', 'servers' => ['main' => $server], 'buckets' => ['files' => $bucket] + $buckets];
    }

    /**
     * The configuration must be refused, with these words among others.
     *
     * @param array<string, mixed> $config
     */
    protected function assertInvalid(string $message, array $config): string
    {
        try {
            $this->application($config)->boot();
        } catch (InvalidConfigurationException $exception) {
            self::assertStringContainsString($message, $exception->getMessage());
            return $exception->getMessage();
        }
        self::fail("it was taken; expected: $message");
    }

    protected static function request(SymfonyApplication $application, string $path, bool $send = false): Response
    {
        $request = Request::create($path);
        $response = $application->handle($request);
        if ($send) {
            ob_start();
            $response->sendContent();
            ob_end_clean();
        }
        $application->terminate($request, $response);
        return $response;
    }

    protected static function profile(SymfonyApplication $application, Response $response): object
    {
        return $application->service('profiler')->loadProfile((string) $response->headers->get('X-Debug-Token'));
    }

    protected static function panel(SymfonyApplication $application, Response $response): string
    {
        $token = $response->headers->get('X-Debug-Token');
        $panel = self::request($application, "/_profiler/$token?panel=s3storage");
        self::assertSame(200, $panel->getStatusCode(), (string) $panel->getContent());
        return (string) $panel->getContent();
    }
}
