<?php

declare(strict_types=1);

namespace S3Storage\Laravel;

use Illuminate\Filesystem\FilesystemManager;
use Illuminate\Support\ServiceProvider;
use InvalidArgumentException;
use League\Flysystem\Filesystem;
use League\Flysystem\PathPrefixer;
use League\MimeTypeDetection\MimeTypeDetector;
use S3Storage;
use S3Storage\Flysystem\ReadOnlyAdapter;
use S3Storage\Flysystem\S3StorageAdapter;
use SensitiveParameter;

/**
 * The driver `s3storage` for disks of Laravel, and, where `s3storage.replace_s3_driver` says so, the driver `s3`.
 *
 * A disk is made anew by each manager of filesystems and holds nothing of a request, so it may live as long as a worker
 * of Octane or of a queue. Connections and credentials are the process's.
 */
final class S3StorageServiceProvider extends ServiceProvider
{
    /** Keys of a disk that are Flysystem's own. */
    private const FLYSYSTEM = ['directory_visibility', 'retain_visibility'];

    public function register(): void
    {
        $this->mergeConfigFrom(__DIR__ . '/../../config/s3storage.php', 's3storage');
        $drivers = ['s3storage'];
        if ($this->app['config']->get('s3storage.replace_s3_driver')) {
            $drivers[] = 's3';
        }
        $this->callAfterResolving('filesystem', static function (FilesystemManager $disks) use ($drivers): void {
            foreach ($drivers as $driver) {
                // By its name: from version 13 on Laravel binds the closure to its manager, and `self` with it.
                $disks->extend($driver, static fn ($app, #[SensitiveParameter] array $config): Disk =>
                    S3StorageServiceProvider::disk(
                        $config,
                        $app->bound(MimeTypeDetector::class) ? $app->make(MimeTypeDetector::class) : null,
                    ));
            }
        });
    }

    public function boot(): void
    {
        if ($this->app->runningInConsole()) {
            $this->commands([CheckCommand::class]);
            $this->publishes([__DIR__ . '/../../config/s3storage.php' => $this->app->configPath('s3storage.php')]);
        }
    }

    /**
     * A disk by its keys.
     *
     * @param array<string, mixed> $config
     * @param MimeTypeDetector|null $detector Whatever the application has bound; null is the adapter's own.
     */
    public static function disk(#[SensitiveParameter] array $config, ?MimeTypeDetector $detector = null): Disk
    {
        if (empty($config['bucket'])) {
            throw new InvalidArgumentException('The disk has no [bucket].');
        }
        $config = DiskConfiguration::present($config);
        $configuration = new DiskConfiguration($config);
        $s3 = new S3Storage($configuration->storage);
        // As Laravel has it, whose driver s3 keeps a slash at the beginning of a root.
        $root = new PathPrefixer((string) ($config['root'] ?? ''));
        $prefix = $root->prefixPath((string) ($config['prefix'] ?? ''));
        $adapter = new S3StorageAdapter($s3, $prefix, null, $detector, $configuration->options);
        $served = ($config['read-only'] ?? false) ? new ReadOnlyAdapter($adapter) : $adapter;
        $files = new Filesystem($served, array_intersect_key($config, array_flip(self::FLYSYSTEM)));
        return new Disk($files, $adapter, $config);
    }
}
