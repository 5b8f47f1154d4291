<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\ConnectionFailedException;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidArgumentException;
use S3Storage\Exception\PreconditionFailedException;
use S3Storage\OperationEvent;

/** `s3://alias/path` in PHP's own functions. */
final class StreamWrapperTest extends StorageTestCase
{
    private string $root;

    /** @var list<string> */
    private array $warnings = [];

    protected function setUp(): void
    {
        parent::setUp();
        S3Storage::registerStreamWrapper($this->s3, 's3-test');
        $this->root = 's3-test://' . $this->s3->listBuckets()['default'];
        set_error_handler(function (int $level, string $message): bool {
            $this->warnings[] = $message;
            return true;
        });
    }

    protected function tearDown(): void
    {
        restore_error_handler();
        stream_wrapper_unregister('s3-test');
        parent::tearDown();
    }

    public function testWhatIsWrittenIsRead(): void
    {
        $content = random_bytes(1_000_003);
        self::assertSame(1_000_003, file_put_contents("$this->root/a/b.bin", $content));
        self::assertSameBytes($content, $this->s3->read('a/b.bin'));
        self::assertSameBytes($content, (string) file_get_contents("$this->root/a/b.bin"));
        self::assertSameBytes(
            substr($content, 700_000, 5),
            (string) file_get_contents("$this->root/a/b.bin", false, null, 700_000, 5),
        );
        self::assertSame(hash('xxh3', $content), hash_file('xxh3', "$this->root/a/b.bin"));
        self::assertSame([], $this->warnings);
    }

    public function testAStreamOfManyPartsIsOneObjectWhenItIsClosed(): void
    {
        $context = stream_context_create(['s3-test' => ['partSize' => 5 << 20, 'contentType' => 'text/x-big',
            'metadata' => ['a' => 'b']]]);
        $stream = fopen("$this->root/big", 'wb', false, $context);
        self::assertIsResource($stream);
        $hash = hash_init('sha256');
        for ($i = 0; $i < 200; $i++) {
            $piece = str_repeat(chr($i), 65_537);
            hash_update($hash, $piece);
            self::assertSame(65_537, fwrite($stream, $piece));
        }
        self::assertSame(200 * 65_537, ftell($stream));
        self::assertSame(200 * 65_537, fstat($stream)['size'] ?? null);
        self::assertFalse($this->s3->exists('big'));
        self::assertTrue(fclose($stream));
        self::assertSame(hash_final($hash), hash('sha256', $this->s3->read('big')));
        $info = $this->s3->getMetadata('big');
        self::assertSame(['text/x-big', ['a' => 'b']], [$info->mimeType, $info->metadata]);
        self::assertSame([], $this->s3->listUploads() instanceof \Traversable
            ? iterator_to_array($this->s3->listUploads()) : $this->s3->listUploads());
    }

    public function testAnEmptyWriteIsAnEmptyObject(): void
    {
        self::assertSame(0, file_put_contents("$this->root/empty", ''));
        self::assertSame('', $this->s3->read('empty'));
        self::assertSame('', file_get_contents("$this->root/empty"));
    }

    public function testExclusiveModeFailsWhereSomethingIs(): void
    {
        $stream = fopen("$this->root/x", 'x');
        self::assertIsResource($stream);
        fwrite($stream, 'mine');
        fclose($stream);
        self::assertFalse(fopen("$this->root/x", 'x'));
        self::assertStringContainsString('Failed to open stream: File exists', $this->warnings[0]);
    }

    public function testExclusiveModeOverwritesNothingThatCameMeanwhile(): void
    {
        $stream = fopen("$this->root/x", 'x');
        self::assertIsResource($stream);
        fwrite($stream, 'mine');
        $this->s3->write('x', 'theirs');
        try {
            fclose($stream);
            self::fail('The write was done.');
        } catch (PreconditionFailedException) {
            self::assertSame('theirs', $this->s3->read('x'));
        }
    }

    /** @dataProvider modes */
    public function testOtherModesAreRefused(string $mode, string $reason): void
    {
        self::assertFalse(fopen("$this->root/x", $mode));
        self::assertStringContainsString($reason, $this->warnings[0]);
        self::assertSame('UNSUPPORTED', S3Storage::getStreamError()?->getErrorCode());
    }

    /** @return iterable<string, array{string, string}> */
    public static function modes(): iterable
    {
        yield 'append' => ['a', 'nothing can be appended to an object'];
        yield 'append, binary' => ['ab+', 'nothing can be appended to an object'];
        yield 'read and write' => ['r+', 'either read (r) or written as a whole (w, x)'];
        yield 'write and read' => ['w+b', 'either read (r) or written as a whole (w, x)'];
        yield 'create' => ['c', 'either read (r) or written as a whole (w, x)'];
    }

    public function testWhatIsMissingIsAWarningWithItsExceptionAtHand(): void
    {
        self::assertFalse(file_get_contents("$this->root/none"));
        self::assertMatchesRegularExpression(
            '~^file_get_contents\(.*/none\): Failed to open stream: read none: no such object~',
            $this->warnings[0],
        );
        self::assertInstanceOf(FileNotFoundException::class, S3Storage::getStreamError());
        self::assertFalse(fopen('s3-test://nobody/none', 'r'));
        self::assertStringContainsString('no bucket "nobody" is registered; known: ', $this->warnings[1]);
        self::assertFalse(fopen('s3-test:///none', 'r'));
        self::assertStringContainsString('names no bucket: it should be s3-test://alias/path', $this->warnings[2]);
    }

    public function testAContextCanAskForExceptions(): void
    {
        $context = stream_context_create(['s3-test' => ['throwExceptions' => true]]);
        $this->expectException(FileNotFoundException::class);
        fopen("$this->root/none", 'r', false, $context);
    }

    public function testAnUnknownOptionIsAnError(): void
    {
        $context = stream_context_create(['s3-test' => ['ContentType' => 'text/plain']]);
        self::assertFalse(fopen("$this->root/x", 'w', false, $context));
        self::assertStringContainsString('unknown option "ContentType"; known: ', $this->warnings[0]);
        self::assertInstanceOf(InvalidArgumentException::class, S3Storage::getStreamError());
    }

    public function testFilesAndDirectoriesAreToldApart(): void
    {
        $this->s3->write('dir/a', 'abc');
        $now = time();
        $all = ['dir/a' => [true, false], 'dir' => [false, true], 'dir/' => [false, true], '' => [false, true],
            'dir/b' => [false, false], 'di' => [false, false]];
        foreach ($all as $name => $expected) {
            $url = "$this->root/$name";
            self::assertSame($expected, [is_file($url), is_dir($url)], $url);
            self::assertSame($expected !== [false, false], file_exists($url), $url);
        }
        self::assertTrue(is_dir($this->root));
        self::assertSame(3, filesize("$this->root/dir/a"));
        self::assertEqualsWithDelta($now, filemtime("$this->root/dir/a"), 5);
        self::assertTrue(is_readable("$this->root/dir/a"));
        self::assertSame([], $this->warnings);
        self::assertFalse(filesize("$this->root/dir/b"));
        self::assertStringContainsString('stat failed for', $this->warnings[0]);
    }

    public function testADirectoryIsListedOneLevelDeep(): void
    {
        foreach (['d/a', 'd/b', 'd/deep/c', 'd/deep/d', 'd/', 'e'] as $name) {
            $this->s3->write($name, '');
        }
        self::assertSame(['a', 'b', 'deep'], scandir("$this->root/d"));
        self::assertSame(['deep', 'b', 'a'], scandir("$this->root/d/", SCANDIR_SORT_DESCENDING));
        $directory = opendir("$this->root/d");
        self::assertIsResource($directory);
        self::assertSame('a', readdir($directory));
        rewinddir($directory);
        self::assertSame(['a', 'b', 'deep', false, false], array_map(fn () => readdir($directory), range(1, 5)));
        closedir($directory);
        $files = [];
        foreach (new \DirectoryIterator("$this->root/d") as $entry) {
            $files[$entry->getFilename()] = $entry->isDir();
        }
        self::assertSame(['a' => false, 'b' => false, 'deep' => true], $files);
        self::assertSame(['d', 'e'], scandir($this->root));
    }

    public function testADirectoryThatIsNotThereIsToldByBothWarningsOfScandir(): void
    {
        self::assertFalse(scandir("$this->root/none"));
        self::assertFalse(scandir('s3-test://nobody/none'));
        self::assertFalse(scandir("$this->root/../none"));
        $told = ['Failed to open directory: No such file or directory', '(errno 2): No such file or directory',
            'no bucket "nobody" is registered; known: ', '(errno 2): No such file or directory',
            '`..` segment', '(errno 22): Invalid argument'];
        self::assertCount(count($told), $this->warnings);
        foreach ($told as $i => $words) {
            self::assertStringContainsString($words, $this->warnings[$i]);
        }
    }

    public function testADirectoryOfManyPagesIsComplete(): void
    {
        $names = array_map(fn (int $i) => sprintf('%04d', $i), range(1, 2_100));
        $this->s3->writeMany((function () use ($names) {
            foreach ($names as $name) {
                yield "many/$name" => '';
            }
        })());
        self::assertSame($names, scandir("$this->root/many"));
    }

    public function testDirectoriesAreMadeAndRemoved(): void
    {
        self::assertTrue(mkdir("$this->root/new/deep", 0777, true));
        self::assertTrue(is_dir("$this->root/new"));
        self::assertSame([], scandir("$this->root/new/deep"));
        self::assertFalse(mkdir("$this->root/new/deep"));
        self::assertFalse(rmdir("$this->root/new"));
        self::assertTrue(rmdir("$this->root/new/deep"));
        self::assertFalse(rmdir("$this->root/new/deep"));
        self::assertFalse(is_dir("$this->root/new"));
        $warnings = ['mkdir(%s/new/deep): File exists', 'rmdir(%s/new): Directory not empty',
            'rmdir(%s/new/deep): No such file or directory'];
        foreach ($warnings as $at => $warning) {
            self::assertSame(sprintf($warning, $this->root), $this->warnings[$at]);
        }
    }

    public function testFilesAreCopiedRenamedAndRemoved(): void
    {
        $local = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        file_put_contents($local, 'from a file');
        self::assertTrue(copy($local, "$this->root/a"));
        self::assertTrue(copy("$this->root/a", "$this->root/b"));
        self::assertTrue(copy("$this->root/b", $local));
        self::assertSame('from a file', file_get_contents($local));
        unlink($local);
        self::assertTrue(rename("$this->root/b", "$this->root/c"));
        self::assertSame([true, false, true], array_map($this->s3->exists(...), ['a', 'b', 'c']));
        self::assertTrue(unlink("$this->root/c"));
        self::assertFalse(unlink("$this->root/c"));
        self::assertSame("unlink($this->root/c): No such file or directory", $this->warnings[0]);
        $this->s3->write('dir/x', '');
        self::assertFalse(rename("$this->root/dir", "$this->root/other"));
        self::assertStringContainsString('a directory has no name of its own', $this->warnings[1]);
        self::assertFalse(rename("$this->root/none", "$this->root/other"));
        self::assertInstanceOf(FileNotFoundException::class, S3Storage::getStreamError());
    }

    public function testRenameGoesToAnotherAlias(): void
    {
        $s3 = S3Storage::fake(['one', 'two']);
        S3Storage::registerStreamWrapper($s3, 's3-two');
        $s3->write('a', 'content');
        self::assertTrue(rename('s3-two://one/a', 's3-two://two/b'));
        self::assertSame('content', $s3->bucket('two')->read('b'));
        self::assertFalse($s3->exists('a'));
        stream_wrapper_unregister('s3-two');
    }

    /** @dataProvider oddNames */
    public function testNothingInANameIsAnEscape(string $name): void
    {
        self::assertSame(1, file_put_contents("$this->root/$name", 'x'));
        self::assertTrue($this->s3->exists($name));
        self::assertTrue(is_file("$this->root/$name"));
        self::assertSame('x', file_get_contents("$this->root/$name"));
        self::assertTrue(unlink("$this->root/$name"));
        self::assertSame([], $this->warnings);
    }

    /** @return iterable<array{string}> */
    public static function oddNames(): iterable
    {
        $names = ['a b', 'a+b', 'a%2Fb', 'a?b=c', 'a#b', 'ä/ö', "line\nbreak", 'a//b', '/a', "'\"&<>", 's3://x/y'];
        yield from array_map(fn (string $name) => [$name], $names);
    }

    public function testAWriteThatCannotBeFinishedThrowsWhenItIsClosed(): void
    {
        S3Storage::registerStreamWrapper(self::unreachable(), 's3-gone');
        $writes = [
            fn () => file_put_contents('s3-gone://b/x', 'abc'),
            fn () => copy(__FILE__, 's3-gone://b/x', stream_context_create()),
            fn () => fclose(fopen('s3-gone://b/x', 'w') ?: self::fail('It was not opened.')),
        ];
        foreach ($writes as $write) {
            try {
                $write();
                self::fail('The write was done.');
            } catch (ConnectionFailedException $exception) {
                self::assertStringContainsString('write', $exception->getMessage());
            }
        }
        stream_wrapper_unregister('s3-gone');
    }

    public function testAPartThatFailsIsAWarningAndThrownWhenTheStreamIsClosed(): void
    {
        S3Storage::registerStreamWrapper(self::unreachable(), 's3-gone');
        $context = stream_context_create(['s3-gone' => ['partSize' => 5 << 20, 'concurrency' => 1]]);
        $stream = fopen('s3-gone://b/x', 'w', false, $context);
        self::assertIsResource($stream);
        $written = array_map(fn () => fwrite($stream, str_repeat('x', 5 << 20)), range(1, 3));
        self::assertSame([5 << 20, 5 << 20, false], $written);
        self::assertCount(1, $this->warnings);
        self::assertFalse(fwrite($stream, 'x'));
        try {
            fclose($stream);
            self::fail('The write was done.');
        } catch (ConnectionFailedException) {
        } finally {
            stream_wrapper_unregister('s3-gone');
        }
    }

    public function testAStreamThatAnExceptionClosesWritesNothing(): void
    {
        $write = function (string $name): void {
            $stream = fopen("$this->root/$name", 'w');
            fwrite($stream, 'the first half');
            throw new \DomainException('in the middle');
        };
        try {
            $write('half');
            self::fail('Nothing was thrown.');
        } catch (\DomainException) {
        }
        self::assertFalse($this->s3->exists('half'));
    }

    public function testAListenerOfTheHandleHearsOfTheWrapper(): void
    {
        $names = [];
        $listener = function (OperationEvent $event) use (&$names): void {
            $names[] = $event->name;
        };
        $this->s3->listen($listener);
        file_put_contents("$this->root/a", 'x');
        file_get_contents("$this->root/a");
        is_file("$this->root/a");
        scandir($this->root);
        unlink("$this->root/a");
        $this->s3->unlisten($listener);
        self::assertSame(['writeStream', 'readStream', 'getMetadata', 'list', 'exists', 'delete'], $names);
    }

    public function testAContextIsThatOfTheCallHoweverItChangesMeanwhile(): void
    {
        $context = stream_context_create(['s3' => ['throwExceptions' => true]]);
        $listener = function () use ($context): void {
            stream_context_set_option($context, 's3', 'throwExceptions', false);
            for ($i = 0; $i < 50; $i++) {
                stream_context_set_option($context, "other-$i", 'a', str_repeat('x', $i));
            }
        };
        $this->s3->listen($listener);
        try {
            fopen("$this->root/none", 'r', context: $context);
            self::fail('Nothing was thrown.');
        } catch (FileNotFoundException) {
        } finally {
            $this->s3->unlisten($listener);
        }
        self::assertFalse(@fopen("$this->root/none", 'r', context: $context));
    }

    public function testAChildThatEndsSaysNothingOfWhatItsParentWrites(): void
    {
        $result = Php::run('$s3 = S3Storage::fake(); S3Storage::registerStreamWrapper($s3);'
            . ' $stream = fopen("s3://default/a", "w"); stream_filter_append($stream, "convert.base64-encode");'
            . ' fwrite($stream, "x"); if (pcntl_fork() === 0) { exit(0); } pcntl_wait($status);'
            . ' fclose($stream); echo $status, $s3->read("a");', [], ['display_errors' => '1']);
        self::assertSame(['0eA==', ''], [$result->output, $result->errors]);
    }

    public function testAListenerHearsOfADirectoryThatIsLeft(): void
    {
        $s3 = S3Storage::fake();
        for ($i = 0; $i < 1_001; $i++) {
            $s3->write("$i", '');
        }
        $ends = [];
        $s3->listen(function (OperationEvent $event) use (&$ends): void {
            $ends[] = "$event->name $event->outcome";
        });
        S3Storage::registerStreamWrapper($s3, 's3-left');
        $directory = opendir('s3-left://default');
        self::assertIsResource($directory);
        readdir($directory);
        self::assertSame([], $ends);
        closedir($directory);
        stream_wrapper_unregister('s3-left');
        self::assertSame(['list abandoned'], $ends);
    }

    public function testAScriptedFailureReachesTheWrapper(): void
    {
        $s3 = S3Storage::fake();
        S3Storage::registerStreamWrapper($s3, 's3-fake');
        $s3->failNext('readStream', 'TIMEOUT');
        self::assertFalse(file_get_contents('s3-fake://default/a'));
        self::assertSame('TIMEOUT', S3Storage::getStreamError()?->getErrorCode());
        $s3->failNext('getMetadata', 'TIMEOUT');
        self::assertFalse(file_exists('s3-fake://default/a'));
        self::assertStringStartsWith('file_exists(s3-fake://default/a): ', $this->warnings[1]);
        stream_wrapper_unregister('s3-fake');
    }

    public function testAProtocolBelongsToOne(): void
    {
        $other = S3Storage::fake();
        $other->write('a', 'of the other');
        S3Storage::registerStreamWrapper($other, 's3-test');
        self::assertSame('of the other', file_get_contents('s3-test://default/a'));
        $wrong = ['http' => 'belongs to another', '' => 'a protocol consists of', 'a:b' => 'a protocol consists of'];
        foreach ($wrong as $protocol => $message) {
            try {
                S3Storage::registerStreamWrapper($other, $protocol);
                self::fail("\"$protocol\" was taken.");
            } catch (InvalidArgumentException $exception) {
                self::assertStringContainsString($message, $exception->getMessage());
            }
        }
    }

    private static function unreachable(): S3Storage
    {
        $server = ['endpoint' => 'http://127.0.0.1:1', 'region' => 'us-east-1', 'max_attempts' => 1,
            'credentials' => ['key' => 'k', 'secret' => 's']];
        return new S3Storage(['servers' => ['gone' => $server],
            'buckets' => ['b' => ['server' => 'gone', 'bucket' => 'b']]]);
    }
}
