<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\BatchFailure;
use S3Storage\Exception\BatchFailedException;

/** A disk that is really full: a file system in memory of a few MiB, which only root can mount. */
final class DiskFullTest extends FileTestCase
{
    private string $disk;

    protected function setUp(): void
    {
        parent::setUp();
        $this->disk = "$this->folder/disk";
        mkdir($this->disk);
        $this->mount('size=1m');
    }

    protected function tearDown(): void
    {
        exec('umount ' . escapeshellarg($this->disk) . ' 2>/dev/null');
        rmdir($this->disk);
        parent::tearDown();
    }

    private function mount(string $options): void
    {
        $command = "mount -t tmpfs -o $options tmpfs " . escapeshellarg($this->disk) . ' 2>&1';
        exec($command, $output, $status);
        if ($status !== 0) {
            self::markTestSkipped('a file system of 1 MiB cannot be mounted: ' . implode(' ', $output));
        }
    }

    /** @return list<string> every file on the disk, sorted */
    private function onDisk(): array
    {
        exec('find ' . escapeshellarg($this->disk) . ' -type f -printf "%P\n" | sort', $files);
        return $files;
    }

    public function testADownloadLeavesTheOldFileAndNothingElse(): void
    {
        $this->s3->write('small', self::bytes(self::MIB + 1));
        $this->s3->write('large', self::bytes(12 * self::MIB));
        file_put_contents("$this->disk/a", 'old');
        foreach (['small', 'large'] as $name) {
            foreach ([false, true] as $resume) {
                $download = fn () => $this->s3->downloadFile($name, "$this->disk/a", resume: $resume);
                $message = self::assertFails('S3_OPERATION_FAILED', $download)->getMessage();
                self::assertStringContainsString('No space left on device', $message);
                self::assertSame(['a'], $this->onDisk());
                self::assertSame('old', file_get_contents("$this->disk/a"));
            }
        }
        $this->s3->write('fits', self::bytes(500_000));
        $this->s3->downloadFile('fits', "$this->disk/a");
        self::assertSame(500_000, filesize("$this->disk/a"));
    }

    public function testADownloadThatIsResumedKeepsWhatFitsAndGoesOnWhenThereIsRoom(): void
    {
        $content = self::bytes(12 * self::MIB);
        $this->s3->write('a', $content);
        $this->mount('remount,size=8m');
        $download = fn () => $this->s3->downloadFile('a', "$this->disk/a", concurrency: 1, resume: true);
        self::assertFails('S3_OPERATION_FAILED', $download);
        self::assertSame(['.a.s3storage-part', '.a.s3storage-part.journal'], $this->onDisk());
        $this->mount('remount,size=32m');
        $before = $this->s3->stats()['files']['bytes_in'];
        $download();
        self::assertSame(7 * self::MIB, $this->s3->stats()['files']['bytes_in'] - $before);
        self::assertSame(['a'], $this->onDisk());
        self::assertSameBytes($content, (string) file_get_contents("$this->disk/a"));
    }

    public function testADirectoryTellsWhichFilesDidNotFit(): void
    {
        $this->s3->write('d/1', self::bytes(300_000));
        $this->s3->write('d/2', self::bytes(2 * self::MIB));
        $this->s3->write('d/3', self::bytes(300_000));
        file_put_contents("$this->disk/2", 'old');
        $failed = self::assertFails(
            'BATCH_FAILED',
            fn () => $this->s3->downloadDirectory('d/', $this->disk, concurrency: 1),
        );
        self::assertInstanceOf(BatchFailedException::class, $failed);
        $result = $failed->getResult();
        self::assertSame(['d/1', 'd/3'], $result->succeeded);
        self::assertSame(['d/2'], array_map(static fn (BatchFailure $one) => $one->pathname, $result->failed));
        self::assertSame(['1', '2', '3'], $this->onDisk());
        self::assertSame('old', file_get_contents("$this->disk/2"));
        self::assertSameBytes($this->s3->read('d/3'), (string) file_get_contents("$this->disk/3"));
    }

    private function local(): S3Storage
    {
        return new S3Storage([
            'servers' => ['disk' => ['driver' => 'local', 'root' => $this->disk]],
            'buckets' => ['b' => ['server' => 'disk', 'bucket' => 'b']],
        ]);
    }

    public function testALocalServerKeepsTheOldObjectAndNoDraft(): void
    {
        $local = $this->local();
        $local->write('a', 'old', metadata: ['n' => '1']);
        $before = $this->onDisk();
        self::assertFails('QUOTA_EXCEEDED', static fn () => $local->write('a', self::bytes(2 * self::MIB)));
        self::assertFails('QUOTA_EXCEEDED', fn () => $local->uploadFile('b', $this->file(self::bytes(2 * self::MIB))));
        self::assertSame(['old', ['n' => '1']], [$local->read('a'), $local->getMetadata('a')->metadata]);
        self::assertSame(['a'], self::pathnames($local->list()));
        self::assertSame($before, $this->onDisk());
        $local->write('a', self::bytes(500_000));
        self::assertSame(500_000, $local->getMetadata('a')->size);
    }

    public function testALocalServerKeepsNoPartsOfAStreamThatDoesNotFit(): void
    {
        $this->mount('remount,size=8m');
        $local = $this->local();
        $local->write('a', 'old');
        $before = $this->onDisk();
        $stream = fopen($this->file(self::bytes(12 * self::MIB)), 'r');
        self::assertFails('QUOTA_EXCEEDED', static fn () => $local->writeStream('a', $stream, concurrency: 1));
        self::assertSame('old', $local->read('a'));
        self::assertSame($before, $this->onDisk());
        self::assertSame(0, count(glob("$this->disk/~s3storage/uploads/b/*") ?: []));
    }
}
