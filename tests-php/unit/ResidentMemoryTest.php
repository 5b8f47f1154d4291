<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/**
 * The memory of each operation, as docs/semantics.md tells it: what a process holds at most beyond what it held before,
 * under a `memory_limit` of 32 MB. Each in a process of its own, since a peak never falls again.
 */
final class ResidentMemoryTest extends StorageTestCase
{
    private const SIZE = 100_000_000;

    private const MB = 1_000_000;

    private static HugeServer $huge;

    private string $folder;

    public static function setUpBeforeClass(): void
    {
        self::$huge = new HugeServer();
    }

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = sys_get_temp_dir() . '/s3storage-memory-' . bin2hex(random_bytes(6));
        mkdir($this->folder, 0o700);
    }

    protected function tearDown(): void
    {
        exec('rm -r ' . escapeshellarg($this->folder));
        parent::tearDown();
    }

    /**
     * @dataProvider operations
     */
    public function testAnOperationStaysWithinItsMemory(int $allowed, string $code, string $before = ''): void
    {
        if ($before !== '') {
            $this->child($before, '-1');
        }
        $took = (int) $this->child($code . ' echo $above();', '32M');
        if (getenv('S3STORAGE_TELL') === '1') {
            fprintf(STDERR, "%s: %.1f MB\n", $this->dataName(), $took / self::MB);
        }
        self::assertLessThan($allowed * self::MB, $took);
    }

    /** @return iterable<string, array{int, string, 2?: string}> at most so many MB; the operation; what it needs there */
    public static function operations(): iterable
    {
        $size = self::SIZE;
        $file = 'shell_exec("head -c ' . $size . ' /dev/urandom > $folder/f");';
        $object = $file . '$s3->uploadFile("f", "$folder/f"); unlink("$folder/f");';
        $many = 'for ($i = 0; $i < 60; $i++) { $s3->write("m/$i", str_repeat("x", 2_000_000)); }';
        $files = 'mkdir("$folder/d");
            for ($i = 0; $i < 2000; $i++) { file_put_contents("$folder/d/$i", str_repeat("x", 20_000)); }';
        yield 'writeStream' => [40, '$s = popen("head -c ' . $size . ' /dev/zero", "r"); $s3->writeStream("a", $s);'];
        yield 'writeStream, two at once' => [22, '$s = popen("head -c ' . $size . ' /dev/zero", "r");
            $s3->writeStream("a", $s, concurrency: 2);'];
        yield 'readStream' => [8, '$s = $s3->readStream("f"); while (!feof($s)) { fread($s, 65536); }', $object];
        yield 'stream to stream' => [40, '$s3->writeStream("g", $s3->readStream("f"));', $object];
        yield 'uploadFile' => [14, '$s3->uploadFile("f", "$folder/f");', $file];
        yield 'downloadFile' => [14, '$s3->downloadFile("f", "$folder/g");', $object];
        yield 'uploadDirectory' => [16, '$s3->uploadDirectory("$folder/d", "d");', $files];
        yield 'sync up' => [16, '$s3->sync("$folder/d", "d");', $files];
        yield 'sync down' => [16, '$s3->sync("$folder/e", "d", "down");',
            $files . '$s3->uploadDirectory("$folder/d", "d"); mkdir("$folder/e");'];
        yield 'list' => [10, 'foreach ($huge->list("100000/") as $i => $object) {} echo $i === 99999 ? "" : "short";'];
        yield 'readMany' => [50, '$names = array_map(fn ($i) => "m/$i", range(0, 59));
            foreach ($s3->readMany($names, maxBuffered: 8_000_000) as $content) {
                if (strlen($content) !== 2_000_000) { echo "short"; }
            }', $many];
        yield 'writeMany' => [80, '$s3->writeMany((function () {
            for ($i = 0; $i < 200; $i++) { yield "w/$i" => str_repeat("x", 1_000_000); } })(), concurrency: 4);'];
        yield 'deletePrefix' => [10, '$s3->deletePrefix("d/");', $files . '$s3->uploadDirectory("$folder/d", "d");'];
    }

    public function testAMillionKeysAreListedInTheMemoryOfAPage(): void
    {
        $code = 'foreach ($huge->list("1000000/") as $i => $object) {} echo $above(), " ", $i + 1;';
        [$took, $count] = explode(' ', $this->child($code, '32M'));
        self::assertSame('1000000', $count);
        self::assertLessThan(10 * self::MB, (int) $took, sprintf('%.1f MB', $took / self::MB));
    }

    private function child(string $code, string $limit): string
    {
        $config = var_export($this->config(), true);
        $other = var_export($this->config(['endpoint' => self::$huge->endpoint], ['prefix' => '']), true);
        $php = Php::run('
            $folder = ' . var_export($this->folder, true) . ';
            $s3 = new S3Storage(' . $config . ');
            $huge = new S3Storage(' . $other . ');
            $s3->exists("warm");
            $huge->listPage("1/");
            $resident = static function (string $what): int {
                preg_match("/^$what:\s+(\d+)/m", file_get_contents("/proc/self/status"), $match);
                return $match[1] * 1024;
            };
            $start = $resident("VmRSS");
            $above = static fn (): int => $resident("VmHWM") - $start;
            ' . $code, [], ['memory_limit' => $limit]);
        self::assertSame([0, ''], [$php->exitCode, $php->errors], $php->output);
        return $php->output;
    }
}
