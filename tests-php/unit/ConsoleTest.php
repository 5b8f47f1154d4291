<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The program `s3storage`, as a shell runs it. */
final class ConsoleTest extends TreeTestCase
{
    private const PROGRAM = __DIR__ . '/../../php/bin/s3storage';

    private string $configuration;

    protected function setUp(): void
    {
        parent::setUp();
        if (stream_resolve_include_path('Symfony/Component/Console/autoload.php') === false) {
            self::markTestSkipped('Symfony Console is not installed (scripts/setup.sh test)');
        }
        $config = $this->config();
        $config['buckets']['other'] = ['prefix' => $this->prefix . 'other'] + $config['buckets']['files'];
        $this->configuration = $this->file((string) json_encode($config), 'config.json');
    }

    private function program(string ...$arguments): Php
    {
        return Php::file(self::PROGRAM, [...$arguments, "--config=$this->configuration", '--no-ansi']);
    }

    private function assertPrints(string $expected, string ...$arguments): void
    {
        $php = $this->program(...$arguments);
        self::assertSame([$expected, '', 0], [$php->output, $php->errors, $php->exitCode]);
    }

    private function assertComplains(string $expected, string ...$arguments): void
    {
        $php = $this->program(...$arguments);
        self::assertSame(1, $php->exitCode, $php->output);
        self::assertStringContainsString($expected, (string) preg_replace('/\s+/', ' ', $php->errors . $php->output));
    }

    public function testFilesGoThereAndComeBack(): void
    {
        $file = $this->file('content', 'a.txt');
        $this->assertPrints('', 'cp', $file, 'files:in/');
        $this->assertPrints('', 'cp', $file, 'files:in/b');
        $this->assertPrints("in/a.txt\nin/b\n", 'ls', 'files:', '-r');
        $this->assertPrints("in/\n", 'ls', 'files:');
        $time = gmdate('Y-m-d\TH:i:s\Z', $this->s3->getMetadata('in/b')->lastModified);
        $this->assertPrints("              7  $time  in/b\n", 'ls', '-l', 'files:in/b');
        $this->assertPrints('', 'cp', 'files:in/b', "$this->folder/copy");
        $this->assertPrints('', 'cp', 'files:in/b', $this->folder);
        self::assertFileEquals($file, "$this->folder/copy");
        self::assertFileEquals($file, "$this->folder/b");
        $this->assertPrints('', 'cp', 'files:in/b', 'other:c');
        $this->assertPrints("c\n", 'ls', 'other:');
        $this->assertPrints("files:\nother:\n", 'ls');
        $this->assertPrints('', 'rm', 'files:in/b');
        $this->assertPrints("1 deleted\n", 'rm', '-r', 'files:in/');
        $this->assertComplains('say `all: true` if that is meant', 'rm', '-r', 'files:');
    }

    public function testDirectoriesAreCopiedAndSynchronised(): void
    {
        $directory = $this->tree(['a' => 'x', 'b/c' => 'y']);
        $this->assertPrints("2 copied\n", 'cp', '-r', $directory, 'files:d');
        $this->assertPrints("2 copied\n", 'cp', '-r', 'files:d', 'other:e');
        $this->assertPrints("2 copied\n", 'cp', '-r', 'other:e', "$this->folder/copy");
        self::assertSame(['a' => 'x', 'b/c' => 'y'], self::filesOf("$this->folder/copy"));
        file_put_contents("$directory/a", 'longer');
        unlink("$directory/b/c");
        $sync = ['sync', '--delete', $directory, 'files:d'];
        $would = "would transfer d/a\nwould delete d/b/c\n1 transferred, 1 deleted, 0 the same\n";
        $this->assertPrints($would, ...[...$sync, '--dry-run']);
        $this->assertPrints("transfer d/a\ndelete d/b/c\n1 transferred, 1 deleted, 0 the same\n", ...$sync);
        $this->assertPrints("0 transferred, 0 deleted, 1 the same\n", ...[...$sync, '--checksum']);
        $down = "transfer d/a\n1 transferred, 0 deleted, 0 the same\n";
        $this->assertPrints($down, 'sync', 'files:d', "$this->folder/n");
        self::assertSame(['a' => 'longer'], self::filesOf("$this->folder/n"));
    }

    public function testWhatWouldCopyItsOwnCopiesIsRefused(): void
    {
        $this->s3->write('d/a', 'x');
        $this->assertComplains('"files:d/e/" is within the source', 'cp', '-r', 'files:d', 'files:d/e');
        $this->assertComplains('"files:d/" is within the source', 'cp', '-r', 'files:', 'files:d');
        $this->assertPrints("1 copied\n", 'cp', '-r', 'files:d', 'files:de');
        $this->assertPrints("d/a\nde/a\n", 'ls', '-r', 'files:');
        // The other alias is of the same bucket, and its objects come in a page after those that were there.
        $this->s3->writeMany((static function (): iterable {
            for ($i = 0; $i < 1000; $i++) {
                yield sprintf('m/%03d', $i) => 'x';
            }
        })());
        $this->assertPrints("1002 copied\n", 'cp', '-r', 'files:', 'other:copies');
        $this->assertComplains('--resume is of a single file', 'cp', '-r', '--resume', 'files:d', "$this->folder/d");
        $this->assertComplains('--resume is of a file of this machine', 'cp', '--resume', 'files:d/a', 'other:a');
        $this->assertComplains('--all is of -r', 'rm', '--all', 'files:d/a');
        self::assertTrue($this->s3->exists('d/a'));
    }

    public function testWhatFailsIsToldOnStandardErrorWithAnExitCode(): void
    {
        $this->assertComplains('no such object', 'cp', 'files:none', "$this->folder/none");
        $this->assertComplains('source or destination must name a bucket', 'cp', 'a', './b:c');
        $this->assertComplains('"a" names no bucket; write ALIAS:PATH', 'rm', 'a');
        $this->assertComplains('one of source and destination must be a directory', 'sync', 'files:a', 'other:b');
        $this->assertComplains('"missing"', 'ls', 'missing:');
        $this->assertComplains('--expires must be a number', 'presign', 'files:a', '--expires=soon');
        $directory = $this->tree(['ok' => 'x', "b\xff" => 'x']);
        $this->assertComplains('1 of 2 objects failed', 'cp', '-r', $directory, 'files:');
        self::assertTrue($this->s3->exists('ok'));
    }

    public function testNamesCannotWriteToTheTerminal(): void
    {
        $this->s3->write("a\x1b[31m\n<error>b", 'x');
        $this->assertPrints("a\\x1b[31m\\x0a<error>b\n", 'ls', 'files:');
    }

    public function testAUrlIsPrintedThatWorks(): void
    {
        $this->s3->write('a', 'content');
        self::assertSame('content', RawHttp::get(trim($this->program('presign', 'files:a')->output))->body);
        $url = trim($this->program('presign', '--put', '--expires=60', 'files:b')->output);
        self::assertSame(200, RawHttp::put($url, 'new')->status);
        self::assertSame('new', $this->s3->read('b'));
    }

    public function testACheckAsksEveryBucketAndFailsIfOneDoesNotAnswer(): void
    {
        $this->assertPrints("files: ok\nother: ok\n", 'check');
        $config = $this->config();
        $config['buckets']['gone'] = ['bucket' => 'no-such-bucket'] + $config['buckets']['files'];
        file_put_contents($this->configuration, json_encode($config));
        $php = $this->program('check');
        self::assertSame(1, $php->exitCode);
        self::assertStringStartsWith("files: ok\ngone: BUCKET_NOT_FOUND: ", $php->output);
        $this->assertPrints("files: ok\n", 'check', 'files');
        file_put_contents($this->configuration, '{"buckets": {"a": {"server": "none"}}}');
        $this->assertComplains('buckets.a.bucket: is required', 'check');
    }

    public function testATerminalSeesABar(): void
    {
        $file = $this->file(self::bytes(30 * self::MIB));
        $php = Php::file(self::PROGRAM, ['cp', $file, 'files:a', "--config=$this->configuration", '--ansi']);
        self::assertSame(['', 0], [$php->output, $php->exitCode]);
        self::assertStringContainsString('/' . 30 * self::MIB, $php->errors);
    }
}
