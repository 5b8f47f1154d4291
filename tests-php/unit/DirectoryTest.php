<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DomainException;
use S3Storage;
use S3Storage\Exception\BatchFailedException;
use TypeError;

/** Whole directories to objects and back. */
final class DirectoryTest extends TreeTestCase
{
    private const FILES = [
        'a' => '', 'a-b' => '1', 'a.txt' => '2', 'b/c' => '3', 'b/d/e/f' => '4', 'b.c' => '5', 'ü/ß ?#%2F+' => '6',
        "new\nline" => '7', ' ' => '8', '2026' => '9', '.hidden' => '10',
    ];

    public function testEveryFileArrivesAndComesBackByteForByte(): void
    {
        $files = self::FILES + ['large' => self::bytes(17 * self::MIB + 1)];
        $directory = $this->tree($files);
        mkdir("$directory/empty");
        $result = $this->s3->uploadDirectory($directory, 'up');
        $names = array_map(strval(...), array_keys($files));
        $pathnames = self::sorted(array_map(static fn (string $name) => "up/$name", $names));
        self::assertSame([$pathnames, []], [self::sorted($result->succeeded), $result->failed]);
        self::assertSame($pathnames, self::pathnames($this->s3->list()));

        $result = $this->s3->downloadDirectory('up', "$this->folder/new/down");
        self::assertSame([$pathnames, []], [self::sorted($result->succeeded), $result->failed]);
        self::assertTrue(self::filesOf($directory) === self::filesOf("$this->folder/new/down"));
    }

    public function testAPrefixIsADirectoryAndNothingElse(): void
    {
        foreach (['a/x', 'ab/x', 'x'] as $pathname) {
            $this->s3->write($pathname, $pathname);
        }
        // MinIO has no object beside others below its name.
        Environment::isMinio() || $this->s3->write('a', 'a');
        self::assertSame(['a/x'], $this->s3->downloadDirectory('a', "$this->folder/a")->succeeded);
        self::assertSame(['a/x'], $this->s3->downloadDirectory('a/', "$this->folder/a")->succeeded);
        self::assertSame(['x' => 'a/x'], self::filesOf("$this->folder/a"));
        self::assertSame([], $this->s3->downloadDirectory('none', "$this->folder/none")->succeeded);
        self::assertDirectoryExists("$this->folder/none");
        $this->s3->uploadDirectory($this->tree(['y' => '']), '');
        self::assertTrue($this->s3->exists('y'));
        foreach (['..', 'a/../b', "a\0", "\xff"] as $prefix) {
            $calls = [
                fn () => $this->s3->uploadDirectory($this->folder, $prefix),
                fn () => $this->s3->downloadDirectory($prefix, $this->folder),
                fn () => $this->s3->sync($this->folder, $prefix),
            ];
            foreach ($calls as $call) {
                self::assertRefusedLocally('INVALID_PATHNAME', $call);
            }
        }
    }

    public function testWhatIsWrittenWithEachFile(): void
    {
        $directory = $this->tree(['a.png' => 'x', 'b' => 'y']);
        $this->s3->uploadDirectory(
            $directory,
            'up',
            metadata: ['by' => 'me'],
            options: ['cacheControl' => 'no-store', 'contentDisposition' => 'attachment', 'contentLanguage' => 'de'],
        );
        foreach (['a.png' => 'image/png', 'b' => 'application/octet-stream'] as $name => $type) {
            $info = $this->s3->getMetadata("up/$name");
            self::assertSame([$type, ['by' => 'me']], [$info->mimeType, $info->metadata]);
            $headers = RawHttp::get($this->s3->presignGet("up/$name")->url)->headers;
            self::assertSame(['no-store', 'attachment', 'de'], [
                $headers['cache-control'], $headers['content-disposition'], $headers['content-language'],
            ]);
        }
        $large = $this->tree(['large' => self::bytes(12 * self::MIB)], 'large');
        $this->s3->uploadDirectory($large, 'up', options: ['partSize' => 6 * self::MIB]);
        self::assertStringEndsWith('-2"', $this->s3->getMetadata('up/large')->etag);
        foreach (
            [['metadata' => ["a\nb" => 'x']], ['options' => ['unknown' => 1]], ['options' => ['partSize' => 1]],
            ['concurrency' => 0], ['concurrency' => 101], ['options' => ['cacheControl' => "a\r\nb"]]] as $wrong
        ) {
            $call = fn () => $this->s3->uploadDirectory($directory, 'wrong', ...$wrong);
            self::assertRefusedLocally('INVALID_ARGUMENT', $call);
        }
        self::assertRefusedLocally(
            'INVALID_VISIBILITY',
            fn () => $this->s3->uploadDirectory($directory, 'wrong', visibility: 'secret'),
        );
    }

    public function testAVisibilityIsSetForEach(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $this->s3->uploadDirectory($this->tree(['a' => 'x']), visibility: 'public');
        self::assertSame('public', $this->s3->getVisibility('a'));
    }

    public function testTheFilterIsAskedOnceForEachNameInOrder(): void
    {
        $directory = $this->tree(self::FILES);
        $asked = [];
        $filter = function (string $pathname, string $file) use (&$asked): bool {
            self::assertStringEqualsFile($file, self::FILES[substr($pathname, 3)]);
            $asked[] = $pathname;
            return !str_contains($pathname, 'b');
        };
        $result = $this->s3->uploadDirectory($directory, 'up', $filter);
        $expected = self::sorted(array_map(static fn ($name) => "up/$name", array_keys(self::FILES)));
        self::assertSame($expected, $asked);
        $kept = array_values(array_filter($expected, static fn (string $name) => !str_contains($name, 'b')));
        self::assertSame($kept, self::sorted($result->succeeded));

        $paths = [];
        $filter = static function (string $pathname, string $file) use (&$paths): bool {
            $paths[$pathname] = $file;
            return $pathname === 'up/a';
        };
        self::assertSame(['up/a'], $this->s3->downloadDirectory('up', "$this->folder/d", $filter)->succeeded);
        $expected = array_map(fn (string $name) => "$this->folder/d/" . substr($name, 3), $kept);
        self::assertSame(array_combine($kept, $expected), $paths);
    }

    public function testTheFilterMustAnswerABoolAndMayUseTheHandle(): void
    {
        $directory = $this->tree(['a' => 'x', 'b' => 'y']);
        foreach ([1, null, 'yes', []] as $answer) {
            $call = fn () => $this->s3->uploadDirectory($directory, filter: static fn () => $answer);
            self::assertStringContainsString(
                'the filter must return a bool',
                self::assertFails('INVALID_ARGUMENT', $call)->getMessage(),
            );
        }
        $one = $this->storage([], ['max_concurrent_operations' => 1]);
        $one->write('b', 'there');
        $result = $one->uploadDirectory($directory, filter: static fn (string $pathname) => !$one->exists($pathname));
        self::assertSame(['a'], $result->succeeded);
        $this->expectException(TypeError::class);
        $this->expectExceptionMessage('Argument #3 ($filter) must be a valid callback or null');
        $this->s3->uploadDirectory($directory, filter: 'no_such_function');
    }

    public function testAnExceptionOfTheFilterArrivesAndTellsWhatWasDone(): void
    {
        $thrown = new DomainException('enough');
        $files = [];
        for ($i = 0; $i < 1_200; $i++) {
            $files[sprintf('%04d', $i)] = 'x';
        }
        $filter = static fn (string $pathname) => $pathname < '1100' ? true : throw $thrown;
        try {
            $this->s3->uploadDirectory($this->tree($files), filter: $filter);
            self::fail('no exception');
        } catch (DomainException $caught) {
            self::assertSame($thrown, $caught);
            $told = $caught->getPrevious();
            self::assertInstanceOf(BatchFailedException::class, $told);
            $there = self::pathnames($this->s3->list());
            $done = self::sorted($told->getResult()->succeeded);
            self::assertNotSame([], $done);
            // What was under way when the call ended may be there or not.
            self::assertSame($done, array_values(array_intersect($done, $there)));
            self::assertLessThanOrEqual(count($done) + 8, count($there));
        }
    }

    public function testProgressIsThatOfAllFilesAndTheTotalIsToldWhenItIsKnown(): void
    {
        $files = [];
        for ($i = 0; $i < 2_500; $i++) {
            $files["$i"] = str_repeat('x', 100);
        }
        $told = [];
        $progress = static function (int $done, ?int $total) use (&$told): void {
            $told[] = [$done, $total];
        };
        $directory = $this->tree($files);
        $this->s3->uploadDirectory($directory, 'up', progress: $progress);
        self::assertSame([250_000, 250_000], end($told));
        self::assertSame([null, 250_000], array_values(array_unique(array_column($told, 1))));
        $counts = array_column($told, 0);
        self::assertSame($counts, array_unique($counts));
        $sorted = $counts;
        sort($sorted);
        self::assertSame($sorted, $counts);
        $told = [];
        $this->s3->downloadDirectory('up', "$this->folder/down", progress: $progress);
        self::assertSame([250_000, 250_000], end($told));
    }

    public function testFalseEndsTheCallAndWhatIsUnderWayLeavesNothing(): void
    {
        $files = ['0' => 'x'];
        for ($i = 1; $i < 4; $i++) {
            $files["$i"] = self::bytes(30 * self::MIB);
        }
        $directory = $this->tree($files);
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $stop = static fn () => false;
        $call = static fn () => $s3->uploadDirectory($directory, 'up', progress: $stop, concurrency: 2);
        $error = self::assertFails('CANCELLED', $call);
        self::assertSame('uploadDirectory up/: the progress callback returned false', $error->getMessage());
        $there = self::pathnames($s3->list());
        self::assertContains('up/0', $there);
        self::assertLessThan(4, count($there));
        self::assertSame($there, self::sorted($error->getPrevious()->getResult()->succeeded));
        self::assertSame([], $s3->listUploads());

        $s3->uploadDirectory($directory, 'up');
        $call = fn () => $s3->downloadDirectory('up', "$this->folder/down", progress: $stop, concurrency: 2);
        $error = self::assertFails('CANCELLED', $call);
        $there = array_map(static fn ($name) => "up/$name", array_keys(self::filesOf("$this->folder/down")));
        self::assertLessThan(4, count($there));
        self::assertSame($there, self::sorted($error->getPrevious()->getResult()->succeeded));
    }

    public function testWhatCannotBeSentFailsAndTheOthersAreSent(): void
    {
        $directory = $this->tree(['a' => 'x', "b\xff/c" => 'x', "d\xfe" => 'x', str_repeat('n/', 520) . 'o' => 'x']);
        $names = [str_repeat('n/', 520) . 'o', "b\xff/c", "d\xfe"];
        $expected = ["b\xff/c" => 'INVALID_PATHNAME', "d\xfe" => 'INVALID_PATHNAME', $names[0] => 'INVALID_PATHNAME'];
        $call = fn () => $this->s3->uploadDirectory($directory);
        $error = self::assertFails('BATCH_FAILED', $call);
        self::assertStringContainsString('uploadDirectory: 3 of 4 objects failed', $error->getMessage());
        self::assertSame($expected, self::codes($error->getResult()->failed));
        self::assertSame(['a'], $error->getResult()->succeeded);
        $result = $this->s3->uploadDirectory($directory, throw: false);
        self::assertSame([['a'], $expected], [$result->succeeded, self::codes($result->failed)]);
    }

    public function testWhatMayNotBeReadFails(): void
    {
        $directory = $this->tree(['a' => 'x', 'b' => 'x', 'c/d' => 'x']);
        chmod("$directory/b", 0);
        chmod("$directory/c", 0);
        // Root may read everything.
        $user = posix_geteuid();
        posix_seteuid($user === 0 ? 65534 : $user);
        try {
            $result = $this->s3->uploadDirectory($directory, throw: false);
            self::assertSame(['b' => 'INVALID_ARGUMENT', 'c/' => 'INVALID_ARGUMENT'], self::codes($result->failed));
            self::assertSame(['a'], $result->succeeded);
            $this->s3->write('c/d', 'x');
            $this->s3->write('e', 'x');
            $result = $this->s3->sync($directory, delete: true, throw: false);
            self::assertSame(['b' => 'INVALID_ARGUMENT', 'c/' => 'INVALID_ARGUMENT'], self::codes($result->failed));
            self::assertSame([], $result->deleted, 'what could not be looked at may be there');
        } finally {
            posix_seteuid($user);
        }
    }

    public function testLinksAreLeftOutOrFollowed(): void
    {
        $directory = $this->tree(['a' => 'x', 'd/e' => 'y']);
        $this->tree(['secret' => 's'], 'other');
        symlink('a', "$directory/link");
        symlink('../other', "$directory/outside");
        symlink('missing', "$directory/dangling");
        symlink('..', "$directory/d/up");
        posix_mkfifo("$directory/pipe", 0600);
        self::assertSame(['a', 'd/e'], self::sorted($this->s3->uploadDirectory($directory)->succeeded));
        $result = $this->s3->uploadDirectory($directory, followSymlinks: true, throw: false);
        self::assertSame(['a', 'd/e', 'link', 'outside/secret'], self::sorted($result->succeeded));
        self::assertSame(
            ['d/up/' => 'INVALID_ARGUMENT', 'dangling' => 'INVALID_ARGUMENT'],
            self::codes($result->failed),
        );
        self::assertSame('s', $this->s3->read('outside/secret'));
    }

    public function testADirectoryThatIsNoneIsRefused(): void
    {
        $file = $this->file('x');
        $cases = ["$this->folder/missing" => 'does not exist', $file => 'is no directory', '' => 'is empty'];
        foreach ($cases as $path => $problem) {
            $error = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->uploadDirectory($path));
            self::assertStringContainsString($problem, $error->getMessage());
        }
        $error = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->downloadDirectory('', $file));
        self::assertStringContainsString('is no directory', $error->getMessage());
    }

    public function testNamesThatWouldLeadElsewhereAreRefusedEachByItself(): void
    {
        self::skipOnMinio('MinIO has no empty segments in names, and no object below another');
        $names = ['ok', '/etc/x', '//x', 'a//b', 'C:/x', 'C:\\x', 'back\\..\\slash', 'f', 'f/below', 'f-g', 'g/h'];
        foreach ([...$names, 'g/'] as $name) {
            $this->s3->write("up/$name", $name);
        }
        $result = $this->s3->downloadDirectory('up', "$this->folder/into", throw: false);
        $refused = ['up///x', 'up//etc/x', 'up/C:/x', 'up/C:\\x', 'up/a//b', 'up/f/below'];
        self::assertSame(array_fill_keys($refused, 'INVALID_PATHNAME'), self::codes($result->failed));
        self::assertSame(
            ['up/back\\..\\slash', 'up/f', 'up/f-g', 'up/g/', 'up/g/h', 'up/ok'],
            self::sorted($result->succeeded),
        );
        self::assertSame(['into'], $this->inFolder());
        self::assertTrue(is_dir("$this->folder/into/g"));
    }

    public function testNoLinkIsFollowedAndNothingInTheWayIsReplaced(): void
    {
        foreach (['ok', 'linked/x', 'file', 'folder', 'deep/x/y', 'linked/deep/y'] as $name) {
            $this->s3->write("up/$name", 'evil');
        }
        $this->tree(['into/deep/x' => '', 'outside/x' => 'untouched'], '.');
        symlink('../outside', "$this->folder/into/linked");
        symlink('../outside/x', "$this->folder/into/file");
        mkdir("$this->folder/into/folder");
        $result = $this->s3->downloadDirectory('up', "$this->folder/into", throw: false);
        $refused = ['up/deep/x/y', 'up/file', 'up/folder', 'up/linked/deep/y', 'up/linked/x'];
        self::assertSame(array_fill_keys($refused, 'INVALID_ARGUMENT'), self::codes($result->failed));
        self::assertSame(['up/ok'], $result->succeeded);
        self::assertSame(['x' => 'untouched'], self::filesOf("$this->folder/outside"));
        self::assertSame(['into', 'outside'], $this->inFolder());
        self::assertTrue(is_link("$this->folder/into/file"));
    }

    public function testKeysThatClimbAreRefusedEachByItself(): void
    {
        $keys = ['in/up/../../x', 'in/up/..', 'in/up/a/../../y', 'in/up/a/./z'];
        $entries = array_map(static fn (string $key) => "<Contents><Key>$key</Key><Size>1</Size></Contents>", $keys);
        $xml = '<ListBucketResult><IsTruncated>false</IsTruncated>' . implode('', $entries) . '</ListBucketResult>';
        $faults = new FaultServer([FaultServer::answer(200, $xml, 'Content-Type: application/xml')]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => 'in']);
        $result = $s3->downloadDirectory('up', "$this->folder/into/deep", throw: false);
        self::assertSame([], $result->succeeded);
        $expected = array_map(static fn (string $key) => substr($key, 3), $keys);
        self::assertSame(
            array_fill_keys(self::sorted($expected), 'INVALID_PATHNAME'),
            self::codes($result->failed),
        );
        self::assertSame(['into'], $this->inFolder());
        self::assertSame([], self::filesOf("$this->folder/into/deep"));
    }

    public function testAnExistingFileKeepsItsPermissionsAndANewOneHasTheUsual(): void
    {
        $this->s3->write('old', 'new content');
        $this->s3->write('new', 'x');
        $directory = $this->tree(['old' => 'old content']);
        chmod("$directory/old", 0600);
        $this->s3->downloadDirectory('', $directory);
        self::assertSame(0600, fileperms("$directory/old") & 0777);
        self::assertSame(0666 & ~umask(), fileperms("$directory/new") & 0777);
        self::assertSame('new content', file_get_contents("$directory/old"));
    }

    public function testOneRequestForEachSmallFileAndNoneForWhatIsKnown(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $directory = $this->tree(['a' => '', 'b/c' => 'x', 'd' => 'y']);
        $s3->uploadDirectory($directory, 'up');
        self::assertSame(['PUT', 'PUT', 'PUT'], array_column($server->requests(), 'method'));
        $server->forgetRequests();
        $s3->downloadDirectory('up', "$this->folder/down");
        self::assertSame(['GET', 'GET', 'GET', 'GET'], array_column($server->requests(), 'method'));
        self::assertCount(1, $server->listings());
    }
}
