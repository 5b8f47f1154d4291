<?php

declare(strict_types=1);

namespace S3Storage\Laravel;

use Illuminate\Console\Command;
use Illuminate\Filesystem\FilesystemManager;
use S3Storage\Console\BucketCheck;
use S3Storage\Console\Text;
use Symfony\Component\Console\Formatter\OutputFormatter;
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
            $this->print('configuration  failed: ' . $exception->getMessage(), true);
            return self::FAILURE;
        }
        if (!$disk instanceof Disk) {
            $this->print("The disk [$name] is not served by S3Storage: its driver must be s3storage, or s3 with " .
                'S3STORAGE_REPLACE_S3_DRIVER=true.', true);
            return self::FAILURE;
        }
        $this->print("configuration  ok (disk [$name], extension " . phpversion('s3storage') . ')', false);
        $steps = ['list' => static fn (): string => BucketCheck::list($disk->getStorage(), $disk->path(''))];
        if ($this->option('write') && $disk->isReadOnly()) {
            $this->print('write          skipped: this disk is read-only', false);
        } elseif ($this->option('write')) {
            $files = $disk->getDriver();
            $steps += BucketCheck::writing(
                $files->write(...),
                $files->read(...),
                static fn (string $path): string => $disk->temporaryUrl($path, now()->addMinute()),
                $files->delete(...),
            );
        }
        return BucketCheck::run($steps, $this->print(...)) ? self::SUCCESS : self::FAILURE;
    }

    /** A line whose text is shown as it is. */
    private function print(string $line, bool $failed): void
    {
        $line = OutputFormatter::escape(Text::plain($line));
        $failed ? $this->error($line) : $this->line($line);
    }
}
