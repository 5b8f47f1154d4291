<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/**
 * An application of a framework in processes of its own: behind PHP's web server, and on its console.
 *
 * The applications have the same routes: `/files` lists, PUT, GET and DELETE of `/files/PATH`, `/links/PATH` signs.
 */
abstract class ApplicationTestCase extends StorageTestCase
{
    private ?BuiltInServer $server = null;

    /** The autoloader of the framework, by its package's path. */
    abstract protected static function framework(): string;

    /** The folder of the application, below `tests-php/applications/`. */
    abstract protected static function folder(): string;

    /** @return array{string, string} the front controller and the console, in that folder */
    abstract protected static function scripts(): array;

    protected function setUp(): void
    {
        if (stream_resolve_include_path(static::framework()) === false) {
            self::markTestSkipped(static::framework() . ' is not installed (make test-frameworks)');
        }
        parent::setUp();
        $variables = ['APP_VAR' => sys_get_temp_dir() . '/s3storage-app-' . bin2hex(random_bytes(6)),
            'APP_PREFIX' => $this->prefix, 'APP_ENV' => 'prod'];
        mkdir($variables['APP_VAR'], 0o700);
        foreach ($variables as $name => $value) {
            putenv("$name=$value");
        }
    }

    protected function tearDown(): void
    {
        $this->server?->stop();
        if (isset($this->prefix)) {
            exec('rm -rf ' . escapeshellarg((string) getenv('APP_VAR')));
            parent::tearDown();
        }
    }

    public function testFilesAreStoredListedStreamedSignedAndDeletedByRequests(): void
    {
        $this->start();
        $content = random_bytes(300_000);
        self::assertSame(201, $this->request('PUT', '/files/images/a.bin', $content)->status);
        self::assertSame(201, $this->request('PUT', '/files/b%20c.txt', 'contents')->status);
        self::assertSameBytes($content, $this->s3->read('images/a.bin'));

        $list = json_decode($this->request('GET', '/files')->body, true);
        ksort($list);
        self::assertSame(['b c.txt' => 8, 'images/a.bin' => 300_000], $list);

        $whole = $this->request('GET', '/files/images/a.bin');
        self::assertSame(200, $whole->status);
        self::assertSameBytes($content, $whole->body);
        $part = $this->request('GET', '/files/images/a.bin', headers: ['Range' => 'bytes=100-199']);
        self::assertSame([206, 'bytes 100-199/300000'], [$part->status, $part->headers['content-range']]);
        self::assertSameBytes(substr($content, 100, 100), $part->body);

        $url = json_decode($this->request('GET', '/links/images/a.bin')->body, true)['url'];
        self::assertStringStartsWith(Environment::endpoint(), $url);
        self::assertSameBytes($content, RawHttp::get($url)->body);
        self::assertSame(403, RawHttp::get(strtr($url, ['a.bin' => 'b.bin']))->status);

        self::assertSame(204, $this->request('DELETE', '/files/images/a.bin')->status);
        self::assertSame(['b c.txt'], self::pathnames($this->s3->list()));
    }

    public function testFilesAreStoredReadAndDeletedByAConsole(): void
    {
        $result = $this->console('app:files');
        self::assertSame([0, "named/console.txt of a console\n"], [$result->exitCode, $result->output]);
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    public function testTheCheckPasses(): void
    {
        $result = $this->console('s3storage:check', ...[...$this->checked(), '--write']);
        self::assertSame(0, $result->exitCode, $result->output . $result->errors);
        foreach (['configuration', 'list', 'write', 'read', 'presign', 'delete'] as $step) {
            self::assertMatchesRegularExpression("/^ *$step +ok \(/m", $result->output);
        }
    }

    /** @return list<string> what is named to the check */
    protected function checked(): array
    {
        return [];
    }

    protected function console(string ...$arguments): Php
    {
        [, $console] = static::scripts();
        return Php::file($this->path($console), array_values($arguments), ini: ['error_reporting' => '8191']);
    }

    protected function path(string $file): string
    {
        return dirname(__DIR__) . '/applications/' . static::folder() . "/$file";
    }

    protected function start(): void
    {
        [$index] = static::scripts();
        // As behind any other server: the front controller, whatever the path is.
        $script = var_export($this->path($index), true);
        $this->server = BuiltInServer::start("\$_SERVER['SCRIPT_NAME'] = \$_SERVER['PHP_SELF'] = '/index.php';
            \$_SERVER['SCRIPT_FILENAME'] = $script;
            require $script;");
    }

    /** @param array<string, string> $headers */
    protected function request(string $method, string $path, ?string $body = null, array $headers = []): RawHttp
    {
        return RawHttp::send($method, $this->server->url($path), $headers, $body);
    }
}
