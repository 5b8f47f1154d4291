<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DomainException;

/** Objects to files of this machine: whole, or not at all. */
final class DownloadFileTest extends FileTestCase
{
    /** @dataProvider sizes */
    public function testObjectsOfEverySizeArriveByteForByte(int $size): void
    {
        $content = self::bytes($size);
        $written = $this->s3->write('a', $content, metadata: ['k' => 'v']);
        $told = [];
        $progress = static function (int $done, ?int $total) use (&$told): void {
            $told[] = [$done, $total];
        };
        $info = $this->s3->downloadFile('a', "$this->folder/a", partSize: 5 * self::MIB, progress: $progress);
        self::assertSame([$size, $written->etag, ['k' => 'v']], [$info->size, $info->etag, $info->metadata]);
        self::assertSameBytes($content, file_get_contents("$this->folder/a"));
        self::assertSame([$size, $size], end($told));
        self::assertSame(['a'], $this->inFolder());
    }

    /** @return list<array{int}> */
    public static function sizes(): array
    {
        return [[0], [1], [5 << 20], [(5 << 20) + 1], [(17 << 20) + 3]];
    }

    public function testANewFileGetsItsPermissionsFromTheUmaskAndAnOldOneKeepsThem(): void
    {
        $this->s3->write('a', 'new');
        $umask = umask(0027);
        $this->s3->downloadFile('a', "$this->folder/new");
        $this->s3->downloadFile('a', "$this->folder/resumable", resume: true);
        umask($umask);
        chmod($this->file('old', 'old'), 0604);
        $this->s3->downloadFile('a', "$this->folder/old");
        $modes = array_map(fn (string $name) => fileperms("$this->folder/$name") & 0777, ['new', 'resumable', 'old']);
        self::assertSame([0640, 0640, 0604], $modes);
        self::assertSame('new', file_get_contents("$this->folder/old"));
    }

    public function testWhatIsNoFileIsRefused(): void
    {
        $cases = [
            $this->folder => 'is a directory',
            '/dev/null' => 'is no regular file',
            "$this->folder/no/folder" => "the folder $this->folder/no does not exist",
            '' => 'is empty',
        ];
        foreach ($cases as $path => $problem) {
            foreach ([false, true] as $resume) {
                $call = fn () => $this->s3->downloadFile('a', $path, resume: $resume);
                $exception = self::assertRefusedLocally('INVALID_ARGUMENT', $call);
                self::assertStringContainsString($problem, $exception->getMessage());
            }
        }
    }

    public function testALinkIsFollowed(): void
    {
        $this->s3->write('a', 'new');
        $file = $this->file('old');
        symlink($file, "$this->folder/link");
        $this->s3->downloadFile('a', "$this->folder/link");
        self::assertTrue(is_link("$this->folder/link"));
        self::assertSame('new', file_get_contents($file));
    }

    public function testAFailureLeavesTheFileAsItWas(): void
    {
        $etag = $this->s3->write('a', 'new')->etag;
        $file = $this->file('old');
        foreach ([false, true] as $resume) {
            $calls = [
                'FILE_NOT_FOUND' => fn () => $this->s3->downloadFile('missing', $file, resume: $resume),
                'NOT_MODIFIED' => fn () => $this->s3->downloadFile('a', $file, ifNoneMatch: $etag, resume: $resume),
                'PRECONDITION_FAILED' => fn () => $this->s3->downloadFile('a', $file, ifMatch: '"x"', resume: $resume),
            ];
            foreach ($calls as $code => $call) {
                self::assertFails($code, $call);
                self::assertSame(['file.bin'], $this->inFolder(), $code);
            }
        }
        self::assertSame('old', file_get_contents($file));
    }

    public function testFalseAndExceptionsEndADownloadAndLeaveNothing(): void
    {
        $this->s3->write('a', self::bytes(120 * self::MIB));
        $file = $this->file('old');
        $download = fn (callable $progress) => $this->s3->downloadFile('a', $file, concurrency: 1, progress: $progress);
        self::assertFails('CANCELLED', static fn () => $download(static fn () => false));
        self::assertSame(['file.bin'], $this->inFolder());
        try {
            $download(static fn () => throw new DomainException('enough'));
            self::fail('no exception');
        } catch (DomainException) {
            self::assertSame(['file.bin'], $this->inFolder());
        }
        self::assertSame('old', file_get_contents($file));
    }

    public function testACancelledDownloadGoesOnWhereItWas(): void
    {
        $content = self::bytes(120 * self::MIB);
        $this->s3->write('a', $content);
        $file = "$this->folder/a";
        $stop = static fn (int $done): bool => $done < 60 * self::MIB;
        self::assertFails('CANCELLED', fn () => $this->s3->downloadFile('a', $file, progress: $stop, resume: true));
        self::assertSame(['.a.s3storage-part', '.a.s3storage-part.journal'], $this->inFolder());
        $before = $this->s3->stats()['files']['bytes_in'];
        $this->s3->downloadFile('a', $file, resume: true);
        self::assertSameBytes($content, file_get_contents($file));
        self::assertSame(['a'], $this->inFolder());
        // Not what the five ranges that were under way had received of theirs.
        self::assertLessThanOrEqual(85 * self::MIB, $this->s3->stats()['files']['bytes_in'] - $before);
    }

    public function testAKilledDownloadGoesOnWhereItWas(): void
    {
        $content = self::bytes(120 * self::MIB);
        $this->s3->write('a', $content);
        $file = "$this->folder/a";
        $config = var_export($this->config(), true);
        $php = Php::run("
            \$kill = fn (int \$done) => \$done < 60 << 20 || posix_kill(getmypid(), SIGKILL);
            (new S3Storage($config))->downloadFile('a', '$file', concurrency: 2, resume: true, progress: \$kill);");
        self::assertSame(128 + SIGKILL, $php->exitCode, $php->errors . $php->output);
        self::assertSame(['.a.s3storage-part', '.a.s3storage-part.journal'], $this->inFolder());
        $before = $this->s3->stats()['files']['bytes_in'];
        $this->s3->downloadFile('a', $file, resume: true);
        self::assertSameBytes($content, file_get_contents($file));
        self::assertLessThanOrEqual(75 * self::MIB, $this->s3->stats()['files']['bytes_in'] - $before);
        self::assertSame(['a'], $this->inFolder());
    }

    /** @dataProvider foreign */
    public function testWhatCannotBeTrustedIsNotUsed(callable $change): void
    {
        $this->s3->write('a', self::bytes(12 * self::MIB));
        $file = "$this->folder/a";
        $this->fullDisk($file, true);
        self::assertSame(['.a.s3storage-part', '.a.s3storage-part.journal'], $this->inFolder());
        $content = self::bytes(12 * self::MIB);
        $change($this->s3, "$this->folder/.a.s3storage-part", $content);
        $before = $this->s3->stats()['files']['bytes_in'];
        $this->s3->downloadFile('a', $file, concurrency: 1, resume: true);
        $received = $this->s3->stats()['files']['bytes_in'] - $before;
        $size = $this->s3->getMetadata('a')->size;
        self::assertGreaterThanOrEqual($size, $received, 'all of it');
        self::assertSameBytes($this->s3->read('a'), file_get_contents($file));
        self::assertSame(['a'], $this->inFolder());
    }

    /** @return iterable<string, array{callable}> */
    public static function foreign(): iterable
    {
        yield 'another object' => [static fn ($s3, $part, $content) => $s3->write('a', $content)];
        yield 'a smaller object' => [static fn ($s3) => $s3->write('a', 'small')];
        yield 'a corrupt journal' => [static fn ($s3, $part) => file_put_contents("$part.journal", "\0", FILE_APPEND)];
        yield 'no journal' => [static fn ($s3, $part) => unlink("$part.journal")];
        yield 'a part that is too short' => [static fn ($s3, $part) => file_put_contents($part, 'x')];
        yield 'a file that others may read' => [static fn ($s3, $part) => chmod($part, 0644)];
    }

    public function testASecondDownloadToTheSameFileIsRefused(): void
    {
        $this->s3->write('a', self::bytes(30 * self::MIB));
        $second = null;
        $file = "$this->folder/a";
        $this->s3->downloadFile('a', $file, resume: true, progress: function () use (&$second, $file): void {
            $second ??= self::assertFails(
                'S3_OPERATION_FAILED',
                fn () => $this->s3->downloadFile('a', $file, resume: true),
            );
        });
        self::assertStringContainsString("another download to $file is under way", $second->getMessage());
        self::assertSame(['a'], $this->inFolder());
    }

    public function testAFullDiskLeavesTheOldFileAndNothingElse(): void
    {
        $this->s3->write('a', self::bytes(12 * self::MIB));
        $file = $this->file('old');
        foreach ([false, true] as $resume) {
            self::assertStringContainsString('cannot be written: File too large', $this->fullDisk($file, $resume));
            self::assertSame('old', file_get_contents($file));
            self::assertSame([], glob("$this->folder/.*s3storage-tmp"));
        }
        // What had been received before is worth another try.
        $before = $this->s3->stats()['files']['bytes_in'];
        $this->s3->downloadFile('a', $file, resume: true);
        self::assertSame(7 * self::MIB, $this->s3->stats()['files']['bytes_in'] - $before);
        self::assertSame(12 * self::MIB, filesize($file));
        self::assertSame(['file.bin'], $this->inFolder());
    }

    /**
     * Downloads in a process whose files may have 8 MiB: that is noticed like a full disk, where its signal is ignored.
     * Answers what the error says.
     */
    private function fullDisk(string $file, bool $resume): string
    {
        return $this->child('
            try {
                $options = ["concurrency" => 1, "resume" => ' . var_export($resume, true) . '];
                $s3->downloadFile("a", ' . var_export($file, true) . ', ...$options);
            } catch (S3Storage\Exception\OperationFailedException $e) {
                echo $e->getMessage();
            }', ['sh', '-c', 'trap "" XFSZ; ulimit -f 16384; exec "$@"', 'sh']);
    }

    public function testMemoryGrowsNeitherWithTheFileNorWithItsParts(): void
    {
        $peak = '
            preg_match("/^VmHWM:\s+(\d+) kB$/m", file_get_contents("/proc/self/status"), $match);
            echo $match[1] * 1024;';
        $bare = (int) $this->child($peak);
        $up = $this->file(str_repeat(self::bytes(self::MIB), 256), 'up');
        $both = fn (string $call): int => (int) $this->child("\$s3->$call;$peak") - $bare;
        $uploading = $both('uploadFile("a", ' . var_export($up, true) . ', partSize: 100 << 20)');
        $down = var_export("$this->folder/down", true);
        $downloading = $both("downloadFile('a', $down, partSize: 100 << 20)");
        self::assertFileEquals($up, "$this->folder/down");
        self::assertLessThan(20_000_000, $uploading, sprintf('%.1f MB', $uploading / 1e6));
        self::assertLessThan(20_000_000, $downloading, sprintf('%.1f MB', $downloading / 1e6));
    }

    /**
     * Runs code with `$s3` in a process of its own; answers what it printed.
     *
     * @param list<string> $under
     */
    private function child(string $code, array $under = []): string
    {
        $php = Php::run('$s3 = new S3Storage(' . var_export($this->config(), true) . ");$code", under: $under);
        self::assertSame([0, ''], [$php->exitCode, $php->errors], $php->output);
        return $php->output;
    }
}
