<?php

declare(strict_types=1);

namespace S3Storage\Laravel;

use Illuminate\Console\Command;
use Illuminate\Filesystem\FilesystemManager;
use RuntimeException;
use S3Storage\Console\BucketCheck;
use Throwable;

/** `php artisan s3storage:check`: whether a disk works, and if not, why. */
final class CheckCommand extends Command
{
    /** @var string */
    protected $signature = 's3storage:check
        {disk? : The disk; the default one if none is named}
        {--write : Also write, read and delete a small file}';

    /** @var string */
    protected $description = 'Check that a disk of S3Storage answers, and say what is wrong if it does not';

    public function handle(FilesystemManager $disks): int
    {
        $name = (string) ($this->argument('disk') ?? $disks->getDefaultDriver());
        try {
            $disk = $disks->disk($name);
        } catch (Throwable $exception) {
            return $this->failed('configuration', $exception);
        }
        if (!$disk instanceof Disk) {
            $this->error("The disk [$name] is not served by S3Storage: its driver must be s3storage, or s3 with " .
                'S3STORAGE_REPLACE_S3_DRIVER=true.');
            return self::FAILURE;
        }
        $this->line("configuration  ok (disk [$name], extension " . phpversion('s3storage') . ')');
        $steps = ['list' => static fn (): string => self::listed($disk)];
        if ($this->option('write')) {
            $path = '.s3storage-check-' . bin2hex(random_bytes(6));
            $files = $disk->getDriver();
            $steps += [
                'write' => static fn () => $files->write($path, $path),
                'read' => static fn () => $files->read($path) === $path
                    ? null
                    : throw new RuntimeException('other bytes came back than were written'),
                'presign' => static fn (): string => (string) parse_url(
                    $disk->temporaryUrl($path, now()->addMinute()),
                    PHP_URL_HOST,
                ),
                'delete' => static fn () => $files->delete($path),
            ];
        }
        $print = fn (string $line, bool $failed) => $failed ? $this->error($line) : $this->line($line);
        return BucketCheck::run($steps, $print) ? self::SUCCESS : self::FAILURE;
    }

    private static function listed(Disk $disk): string
    {
        $page = $disk->getStorage()->listPage($disk->path(''), limit: 1);
        return $page->objects === [] ? 'there is no object' : 'there are objects';
    }

    private function failed(string $step, Throwable $exception): int
    {
        $this->error(str_pad($step, 15) . 'failed: ' . $exception->getMessage());
        return self::FAILURE;
    }
}
