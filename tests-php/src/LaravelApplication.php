<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Illuminate\Contracts\Console\Kernel as ConsoleKernelContract;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Http\Kernel as HttpKernelContract;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Console\Kernel as ConsoleKernel;
use Illuminate\Foundation\Exceptions\Handler;
use Illuminate\Foundation\Http\Kernel as HttpKernel;
use Illuminate\Support\ServiceProvider;

/** An application of Laravel, as its skeleton has it, in a folder of its own; the library is installed and discovered. */
final class LaravelApplication
{
    public readonly Application $app;
    public readonly string $folder;

    /**
     * @param array<string, array<string, mixed>> $disks
     * @param array<string, mixed> $s3storage `config/s3storage.php`
     */
    public function __construct(array $disks, array $s3storage = [])
    {
        $this->folder = sys_get_temp_dir() . '/s3storage-laravel-' . bin2hex(random_bytes(6));
        foreach (['config', 'bootstrap/cache', 'vendor/composer', 'storage/framework', 'storage/logs'] as $folder) {
            mkdir("$this->folder/$folder", 0o700, true);
        }
        $library = json_decode((string) file_get_contents(__DIR__ . '/../../php/composer.json'), true);
        $this->write('vendor/composer/installed.json', json_encode(['packages' => [$library]]));
        $this->write('composer.json', '{}');
        foreach (self::configuration($disks) + ['s3storage' => $s3storage] as $name => $values) {
            $this->write("config/$name.php", '<?php return ' . var_export($values, true) . ';');
        }
        $this->app = new Application($this->folder);
        $this->app->singleton(HttpKernelContract::class, HttpKernel::class);
        $this->app->singleton(ConsoleKernelContract::class, ConsoleKernel::class);
        $this->app->singleton(ExceptionHandler::class, Handler::class);
        // From version 11 on Laravel has defaults for every file of `config/`, which Debian's package leaves out.
        if (method_exists($this->app, 'dontMergeFrameworkConfiguration')) {
            $this->app->dontMergeFrameworkConfiguration();
        }
        $this->app->make(ConsoleKernelContract::class)->bootstrap();
    }

    /** Ends it, and takes its folder away. */
    public function end(): void
    {
        $this->app->flush();
        Application::setInstance(null);
        \Illuminate\Support\Facades\Facade::clearResolvedInstances();
        // What the framework has set, or PHPUnit takes it for the test's.
        restore_error_handler();
        restore_exception_handler();
        exec('rm -rf ' . escapeshellarg($this->folder));
    }

    private function write(string $file, string $text): void
    {
        file_put_contents("$this->folder/$file", $text);
    }

    /**
     * @param array<string, array<string, mixed>> $disks
     * @return array<string, array<string, mixed>>
     */
    private static function configuration(array $disks): array
    {
        return [
            'app' => [
                'name' => 'Test',
                'env' => 'testing',
                'debug' => true,
                'url' => 'http://localhost',
                'timezone' => 'UTC',
                'locale' => 'en',
                'fallback_locale' => 'en',
                'key' => 'base64:' . base64_encode(str_repeat('k', 32)),
                'cipher' => 'AES-256-CBC',
                'providers' => ServiceProvider::defaultProviders()->toArray(),
            ],
            'filesystems' => ['default' => 's3', 'cloud' => 's3', 'disks' => $disks],
            'logging' => ['default' => 'none', 'channels' => ['none' => ['driver' => 'errorlog']]],
        ];
    }
}
