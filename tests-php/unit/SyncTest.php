<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DomainException;
use S3Storage;
use S3Storage\Exception\BatchFailedException;
use S3Storage\SyncResult;

/** A directory and a prefix are made the same, and only what differs travels. */
final class SyncTest extends TreeTestCase
{
    /** @return array{list<string>, list<string>, int, array<string, string>} */
    private static function told(SyncResult $result): array
    {
        return [
            self::sorted($result->transferred), self::sorted($result->deleted), $result->skipped,
            self::codes($result->failed),
        ];
    }

    /** Sets the time of a file so many seconds before now. */
    private static function age(string $file, int $seconds): void
    {
        touch($file, time() - $seconds);
    }

    public function testOnlyTheHundredOfTenThousandFilesThatChangedTravel(): void
    {
        $files = [];
        for ($i = 0; $i < 10_000; $i++) {
            $files[sprintf('%02d/file %05d', $i % 40, $i)] = "content $i";
        }
        $directory = $this->tree($files);
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $result = $s3->sync($directory, 'site');
        self::assertSame([10_000, 0, 0], [count($result->transferred), count($result->deleted), $result->skipped]);
        self::assertCount(10_000, self::sent($server));

        $changed = array_rand($files, 100);
        foreach ($changed as $name) {
            file_put_contents("$directory/$name", 'Content ' . substr($files[$name], 8));
        }
        $server->forgetRequests();
        $result = $s3->sync($directory, 'site');
        $expected = array_map(static fn (string $name) => "site/$name", $changed);
        self::assertSame([self::sorted($expected), [], 9_900, []], self::told($result));
        self::assertCount(100, self::sent($server));
        self::assertSame(110, count($server->requests()), '10 pages of the listing and 100 files');

        $gone = array_rand($files, 50);
        array_map(static fn (string $name) => unlink("$directory/$name"), $gone);
        $server->forgetRequests();
        $result = $s3->sync($directory, 'site', delete: true);
        $expected = array_map(static fn (string $name) => "site/$name", $gone);
        self::assertSame([[], self::sorted($expected), 9_950, []], self::told($result));
        self::assertSame(11, count($server->requests()), '10 pages of the listing and one delete');

        $server->forgetRequests();
        $result = $s3->sync("$this->folder/copy", 'site', 'down');
        self::assertSame([9_950, 0], [count($result->transferred), $result->skipped]);
        self::assertSame(9_960, count($server->requests()));
        self::assertTrue(self::filesOf($directory) === self::filesOf("$this->folder/copy"));
        $server->forgetRequests();
        $result = $s3->sync("$this->folder/copy", 'site', 'down', delete: true);
        self::assertSame([[], [], 9_950, []], self::told($result));
        self::assertCount(10, $server->requests());
    }

    /** @return list<string> the targets that were written */
    private static function sent(Server $server): array
    {
        $puts = array_filter($server->requests(), static fn (array $request) => $request['method'] === 'PUT');
        return array_column($puts, 'target');
    }

    public function testADryRunTellsTheSameAndSendsListingsOnly(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $directory = $this->tree(['a' => 'new', 'b' => 'same', 'c' => 'longer than before', 'd/e' => 'x']);
        foreach (['b' => 'same', 'c' => 'x', 'gone' => 'x', 'z/' => ''] as $name => $content) {
            $s3->write("p/$name", $content);
        }
        $before = self::pathnames($s3->list());
        $server->forgetRequests();
        $expected = [['p/a', 'p/c', 'p/d/e'], ['p/gone'], 1, []];
        self::assertSame($expected, self::told($s3->sync($directory, 'p', delete: true, dryRun: true)));
        $down = [['p/c', 'p/gone', 'p/z/'], ['p/a', 'p/d/e'], 1, []];
        self::assertSame($down, self::told($s3->sync($directory, 'p', 'down', delete: true, dryRun: true)));
        $missing = $s3->sync("$this->folder/missing", 'p', 'down', dryRun: true);
        self::assertSame([['p/b', 'p/c', 'p/gone', 'p/z/'], [], 0, []], self::told($missing));
        self::assertCount(3, $server->requests());
        self::assertCount(3, $server->listings());
        self::assertSame(['tree'], $this->inFolder());
        self::assertSame($before, self::pathnames($s3->list()));
        self::assertCount(4, self::filesOf($directory));

        self::assertSame($expected, self::told($s3->sync($directory, 'p', delete: true)));
        self::assertSame(['p/a', 'p/b', 'p/c', 'p/d/e', 'p/z/'], self::pathnames($s3->list()));
        self::assertSame([['p/z/'], [], 4, []], self::told($s3->sync($directory, 'p', 'down', delete: true)));
        self::assertDirectoryExists("$directory/z");
    }

    public function testTimesAreLookedAtBeforeContentsAreUp(): void
    {
        $directory = $this->tree(['f' => 'one']);
        $this->s3->sync($directory);
        file_put_contents("$directory/f", 'two');
        self::age("$directory/f", 3600);
        self::assertSame(1, $this->s3->sync($directory)->skipped, 'it is older than its object');
        self::assertSame(['f'], $this->s3->sync($directory, checksum: true, dryRun: true)->transferred);
        touch("$directory/f");
        self::assertSame(['f'], $this->s3->sync($directory)->transferred);
        self::assertSame('two', $this->s3->read('f'));
        touch("$directory/f", time() + 60);
        self::assertSame([[], [], 1, []], self::told($this->s3->sync($directory)), 'it is newer, and the same');
    }

    public function testTimesAreLookedAtBeforeContentsAreDown(): void
    {
        $this->s3->write('f', 'one');
        $directory = $this->tree(['other' => '']);
        $this->s3->sync($directory, '', 'down');
        self::assertSame($this->s3->getMetadata('f')->lastModified, filemtime("$directory/f"));
        $time = filemtime("$directory/f");
        file_put_contents("$directory/f", 'two');
        touch("$directory/f", $time);
        clearstatcache();
        self::assertSame(1, $this->s3->sync($directory, '', 'down')->skipped, 'size and time are the same');
        self::assertSame(['f'], $this->s3->sync($directory, '', 'down', checksum: true)->transferred);
        self::assertSame('one', file_get_contents("$directory/f"));
        foreach ([-60, 60] as $distance) {
            touch("$directory/f", $time + $distance);
            self::assertSame(1, $this->s3->sync($directory, '', 'down')->skipped, 'another time, the same content');
            file_put_contents("$directory/f", 'two');
            touch("$directory/f", $time + $distance);
            self::assertSame(['f'], $this->s3->sync($directory, '', 'down')->transferred);
        }
    }

    public function testAnObjectInPartsIsRecognisedByTheDigestOfItsParts(): void
    {
        $content = self::bytes(17 * self::MIB);
        $directory = $this->tree(['f' => $content, 'g' => $content]);
        $this->s3->uploadFile('f', "$directory/f", partSize: 8 * self::MIB);
        $this->s3->uploadFile('g', "$directory/g", partSize: 5 * self::MIB);
        touch("$directory/f", time() + 60);
        self::assertSame([[], [], 2, []], self::told($this->s3->sync($directory, checksum: true)));
        self::assertSame([[], [], 2, []], self::told($this->s3->sync($directory, direction: 'down', checksum: true)));
        $content[9 * self::MIB] = $content[9 * self::MIB] === 'x' ? 'y' : 'x';
        file_put_contents("$directory/f", $content);
        self::assertSame(['f'], $this->s3->sync($directory, checksum: true)->transferred);
        self::assertSameBytes($content, $this->s3->read('f'));
    }

    public function testTheFilterProtectsBothSides(): void
    {
        $directory = $this->tree(['keep/a' => 'x', 'b' => 'y']);
        $this->s3->write('keep/z', 'z');
        $this->s3->write('c', 'z');
        $asked = [];
        $filter = static function (string $pathname, string $file) use (&$asked): bool {
            $asked[$pathname] = $file;
            return !str_starts_with($pathname, 'keep/');
        };
        $result = $this->s3->sync($directory, delete: true, filter: $filter);
        self::assertSame([['b'], ['c'], 0, []], self::told($result));
        self::assertSame([
            'b' => "$directory/b", 'c' => "$directory/c", 'keep/a' => "$directory/keep/a",
            'keep/z' => "$directory/keep/z",
        ], $asked);
        self::assertSame(['b', 'keep/z'], self::pathnames($this->s3->list()));
        $this->tree(['d' => '']);
        $result = $this->s3->sync($directory, '', 'down', delete: true, filter: $filter);
        self::assertSame([[], ['d'], 1, []], self::told($result));
        self::assertSame(['b' => 'y', 'keep/a' => 'x'], self::filesOf($directory));
    }

    public function testASourceThatIsMissingOrEmptyDeletesNothing(): void
    {
        $this->s3->write('p/a', 'x');
        foreach ([false, true] as $delete) {
            $call = fn () => $this->s3->sync("$this->folder/missing", 'p', delete: $delete);
            self::assertRefusedLocally('INVALID_ARGUMENT', $call);
        }
        $directory = $this->tree(['f' => 'x']);
        foreach ([false, true] as $dryRun) {
            $call = fn () => $this->s3->sync($directory, 'typo', 'down', delete: true, dryRun: $dryRun);
            $message = self::assertFails('FILE_NOT_FOUND', $call)->getMessage();
            self::assertStringContainsString('there is no object behind the prefix; nothing was deleted', $message);
        }
        self::assertSame(['f' => 'x'], self::filesOf($directory));
        self::assertSame([[], [], 0, []], self::told($this->s3->sync($directory, 'typo', 'down')));
        mkdir("$this->folder/empty");
        self::assertSame([[], [], 0, []], self::told($this->s3->sync("$this->folder/empty", 'p')));
        foreach ([false, true] as $dryRun) {
            $call = fn () => $this->s3->sync("$this->folder/empty", 'p', delete: true, dryRun: $dryRun);
            $message = self::assertFails('FILE_NOT_FOUND', $call)->getMessage();
            self::assertStringContainsString('there is no file in the directory; nothing was deleted', $message);
        }
        self::assertTrue($this->s3->exists('p/a'));
        self::assertSame([[], [], 0, []], self::told($this->s3->sync("$this->folder/empty", 'q', delete: true)));
    }

    public function testNothingIsDeletedWhenSomethingFailed(): void
    {
        $directory = $this->tree(['a' => 'x', "b\xff" => 'x']);
        $this->s3->write('gone', 'x');
        $call = fn () => $this->s3->sync($directory, delete: true);
        $error = self::assertFails('BATCH_FAILED', $call);
        self::assertStringContainsString('nothing was deleted', $error->getDetails());
        self::assertSame(['a'], $error->getResult()->succeeded);
        self::assertTrue($this->s3->exists('gone'));
        $result = $this->s3->sync($directory, delete: true, throw: false);
        self::assertSame([[], [], 1, ["b\xff" => 'INVALID_PATHNAME']], self::told($result));
        unlink("$directory/b\xff");
        self::assertSame([[], ['gone'], 1, []], self::told($this->s3->sync($directory, delete: true)));
    }

    public function testMoreThanARequestDeletesIsDeletedOnBothSides(): void
    {
        $files = [];
        for ($i = 0; $i < 2_100; $i++) {
            $files["p/$i"] = '';
        }
        $directory = $this->tree($files);
        $this->s3->uploadDirectory($directory);
        $this->s3->write('q', '');
        $only = $this->tree(['q' => ''], 'only');
        self::assertCount(2_100, $this->s3->sync($only, delete: true)->deleted);
        self::assertSame(['q'], self::pathnames($this->s3->list()));
        self::assertCount(2_100, $this->s3->sync($directory, '', 'down', delete: true)->deleted);
        self::assertSame(['q' => ''], self::filesOf($directory));
    }

    public function testAnInterruptedSyncGoesOnWhereItWas(): void
    {
        $files = [];
        for ($i = 0; $i < 3_000; $i++) {
            $files["file $i"] = "content $i";
        }
        $directory = $this->tree($files);
        $server = Server::start();
        $config = var_export($server->config(), true);
        $killed = static fn (string $sync, int $after): Php => Php::run("
            \$kill = fn (int \$done) => \$done < $after || posix_kill(getmypid(), SIGKILL);
            (new S3Storage($config))->sync($sync, progress: \$kill);");
        self::assertSame(128 + SIGKILL, $killed("'$directory', 'site'", 10_000)->exitCode);
        $s3 = new S3Storage($server->config());
        $there = count(self::pathnames($s3->list('site/')));
        self::assertGreaterThan(500, $there);
        self::assertLessThan(3_000, $there);
        $server->forgetRequests();
        $result = $s3->sync($directory, 'site');
        self::assertSame([3_000 - $there, $there], [count($result->transferred), $result->skipped]);
        self::assertCount(3_000 - $there, self::sent($server));

        $copy = "$this->folder/copy";
        self::assertSame(128 + SIGKILL, $killed("'$copy', 'site', 'down'", 10_000)->exitCode);
        $left = self::filesOf($copy);
        $whole = array_intersect_assoc($left, $files);
        // What was under way is left beside its destination, and nothing else is there that is not whole.
        $partial = array_keys(array_diff_key($left, $whole));
        self::assertSame($partial, preg_grep('~^\.file \d+\.[0-9a-f]{16}\.s3storage-tmp$~', $partial));
        self::assertLessThanOrEqual(8, count($partial));
        self::assertGreaterThan(500, count($whole));
        $result = $s3->sync($copy, 'site', 'down', delete: true);
        self::assertSame(
            [3_000 - count($whole), 0, count($whole)],
            [count($result->transferred), count($result->deleted), $result->skipped],
        );
        self::assertSame(3_000, $s3->sync($copy, 'site')->skipped, 'what the kill has left is no file of the tree');
        self::assertEquals($files, array_diff_key(self::filesOf($copy), array_flip($partial)));
    }

    public function testASignalHandlerEndsASyncAndTheCallTellsWhatWasDone(): void
    {
        $files = [];
        for ($i = 0; $i < 2_000; $i++) {
            $files["$i"] = 'x';
        }
        $directory = $this->tree($files);
        pcntl_async_signals(true);
        pcntl_signal(SIGUSR1, static fn () => throw new DomainException('a signal'));
        $sent = false;
        $progress = static function () use (&$sent): void {
            $sent = $sent || posix_kill(getmypid(), SIGUSR1);
        };
        try {
            $this->s3->sync($directory, progress: $progress);
            self::fail('no exception');
        } catch (DomainException $caught) {
            self::assertInstanceOf(BatchFailedException::class, $caught->getPrevious());
            self::assertNotSame([], $caught->getPrevious()->getResult()->succeeded);
            self::assertStringContainsString('ended early, after ', $caught->getPrevious()->getMessage());
        } finally {
            pcntl_signal(SIGUSR1, SIG_DFL);
        }
    }

    public function testAServerThatListsInAnotherOrderIsNotCompared(): void
    {
        $first = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . '<Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>';
        $second = '<ListBucketResult><IsTruncated>false</IsTruncated>'
            . '<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>';
        $answer = static fn (string $xml) => FaultServer::answer(200, $xml, 'Content-Type: application/xml');
        $faults = new FaultServer([$answer($first), $answer($second)]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => '']);
        $directory = $this->tree(['a' => 'x', 'b' => 'x', 'c' => 'x']);
        self::assertFails('UNSUPPORTED', static fn () => $s3->sync($directory, '', 'down', delete: true));
        self::assertCount(3, self::filesOf($directory));
    }

    public function testAListingThatFailsDeletesNothing(): void
    {
        $entry = '<Contents><Key>a</Key><Size>1</Size></Contents>';
        $xml = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
            . "$entry</ListBucketResult>";
        $faults = new FaultServer([
            FaultServer::answer(200, $xml, 'Content-Type: application/xml'),
            FaultServer::error(403, 'AccessDenied'),
        ]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint], ['prefix' => '']);
        $directory = $this->tree(['a' => 'x', 'b' => 'x']);
        $call = static fn () => $s3->sync($directory, '', 'down', delete: true);
        self::assertFails('PERMISSION_DENIED', $call);
        self::assertCount(2, self::filesOf($directory));
    }

    public function testEveryKindOfDirectionWorksAtALimitOfOne(): void
    {
        $one = $this->storage([], ['max_concurrent_operations' => 1, 'concurrency' => 5]);
        $files = ['a' => self::bytes(12 * self::MIB), 'b' => 'x', 'c/d' => 'y'];
        $directory = $this->tree($files);
        self::assertCount(3, $one->sync($directory)->transferred);
        self::assertCount(3, $one->sync("$this->folder/copy", '', 'down')->transferred);
        self::assertTrue($files == self::filesOf("$this->folder/copy"));
        $call = fn () => $one->sync($directory, direction: 'sideways');
        self::assertRefusedLocally('INVALID_ARGUMENT', $call);
    }
}
