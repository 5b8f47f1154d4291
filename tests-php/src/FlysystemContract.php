<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Generator;
use League\Flysystem\ChecksumAlgoIsNotSupported;
use League\Flysystem\Config;
use League\Flysystem\DirectoryAttributes;
use League\Flysystem\FileAttributes;
use League\Flysystem\Filesystem;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToDeleteDirectory;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToProvideChecksum;
use League\Flysystem\UnableToReadFile;
use League\Flysystem\UnableToRetrieveMetadata;
use League\Flysystem\UnableToSetVisibility;
use League\Flysystem\Visibility;
use RuntimeException;
use S3Storage;
use S3Storage\Flysystem\S3StorageAdapter;

/** What Flysystem asks of every adapter: the ground of its own test of adapters, and what S3 adds to it. */
abstract class FlysystemContract extends FlysystemTestCase
{
    /** What stands in the way of simple implementations. */
    private const SPECIAL_PATHS = ['some/file[name].txt', 'some/file[0].txt', 'some[10]/file.txt', 'some/file{0}.txt',
        'some{name}/filename.txt', 'some dir/filename.txt', 'somedir/file name.txt', 'a+b/c%20d.txt', 'ü/日本.txt',
        'quo"te\'s & <tags>.txt', '2026', '0'];

    public function testAFileIsThereFromItsWriteToItsDelete(): void
    {
        self::assertFalse($this->adapter->fileExists('some/path.txt'));
        $this->write('some/path.txt');
        self::assertTrue($this->adapter->fileExists('some/path.txt'));
        self::assertSame('contents', $this->adapter->read('some/path.txt'));
        $this->write('some/path.txt', 'new contents');
        self::assertSame('new contents', $this->adapter->read('some/path.txt'));
        $this->adapter->delete('some/path.txt');
        self::assertFalse($this->adapter->fileExists('some/path.txt'));
        $this->adapter->delete('some/path.txt');
    }

    public function testAnyPathIsWrittenReadAndListed(): void
    {
        foreach (self::SPECIAL_PATHS as $path) {
            $this->write($path, $path);
            self::assertSame($path, $this->adapter->read($path));
        }
        self::assertEqualsCanonicalizing(self::SPECIAL_PATHS, $this->paths());
    }

    public function testFilesAreBelowThePrefix(): void
    {
        $this->write('a.txt');
        self::assertSame('contents', $this->s3->read('below/a.txt'));
        self::assertSame('below/a.txt', $this->adapter->pathname('a.txt'));
        self::assertSame($this->s3, $this->adapter->getStorage());
        $this->s3->write('belowground/b.txt', 'x');
        self::assertSame(['a.txt'], $this->paths());
    }

    public function testStreamsAreWrittenAndReadAndSought(): void
    {
        $source = tmpfile();
        fwrite($source, 'some contents');
        fseek($source, 5);
        $this->adapter->writeStream('a.txt', $source, new Config());
        self::assertIsResource($source);
        $this->adapter->writeStream('empty.txt', fopen('php://temp', 'r'), new Config());
        $stream = $this->adapter->readStream('a.txt');
        self::assertIsResource($stream);
        self::assertSame('contents', stream_get_contents($stream));
        fseek($stream, -2, SEEK_END);
        self::assertSame('ts', fread($stream, 10));
        self::assertSame('', $this->adapter->read('empty.txt'));
    }

    public function testAPipeIsWritten(): void
    {
        $pipe = popen('printf contents', 'r');
        $this->adapter->writeStream('piped.txt', $pipe, new Config());
        pclose($pipe);
        self::assertSame('contents', $this->adapter->read('piped.txt'));
    }

    public function testAnExceptionOfAStreamThatIsWrittenComesThrough(): void
    {
        $this->expectExceptionObject(new RuntimeException('the source failed'));
        $source = CodeStream::open([static fn () => throw new RuntimeException('the source failed')]);
        $this->adapter->writeStream('a.txt', $source, new Config());
    }

    public function testADirectoryIsThereByItsMarkerOrByAFile(): void
    {
        self::assertFalse($this->adapter->directoryExists('made'));
        $this->adapter->createDirectory('made', new Config());
        $this->adapter->createDirectory('made', new Config());
        $this->write('implied/deep/file.txt');
        foreach (['made', 'made/', 'implied', 'implied/deep', ''] as $path) {
            self::assertTrue($this->adapter->directoryExists($path), $path);
        }
        foreach (['implied/deep/file.txt', 'impl', 'implied/dee', 'none'] as $path) {
            self::assertFalse($this->adapter->directoryExists($path), $path);
        }
        self::assertFalse($this->adapter->fileExists('made'));
        self::assertFalse($this->adapter->fileExists('made/'));
        self::assertFalse($this->adapter->fileExists(''));
        self::assertSame(['implied/', 'made/'], $this->paths('', false));
        $this->adapter->deleteDirectory('made');
        self::assertFalse($this->adapter->directoryExists('made'));
        self::assertSame(['implied/'], $this->paths('/', false));
    }

    public function testTheRootIsThereWithoutAMarker(): void
    {
        $this->adapter->createDirectory('', new Config());
        $this->adapter->createDirectory('/', new Config());
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    public function testDeletingADirectoryLeavesItsNeighbours(): void
    {
        foreach (['dir/a.txt', 'dir/deep/b.txt', 'dir/deep/', 'dir', 'dir.txt', 'dirt/c.txt'] as $path) {
            $this->s3->write("below/$path", 'x');
        }
        $this->adapter->deleteDirectory('dir');
        self::assertSame(['dir', 'dir.txt', 'dirt/c.txt'], $this->paths());
    }

    public function testTheRootIsDeletedOnlyBelowAPrefix(): void
    {
        $this->write('a.txt');
        $this->s3->write('beside.txt', 'x');
        $unable = fn () => (new S3StorageAdapter($this->s3))->deleteDirectory('/');
        $said = self::assertUnable(UnableToDeleteDirectory::class, 'INVALID_ARGUMENT', $unable)->getMessage();
        self::assertStringContainsString("deletePrefix('', all: true)", $said);
        $this->adapter->deleteDirectory('');
        self::assertSame(['beside.txt'], self::pathnames($this->s3->list()));
    }

    public function testAListingIsShallowOrDeepAndNeverContainsItsOwnMarker(): void
    {
        foreach (['some/0.txt', 'some/1/2.txt', 'some/1/3/4.txt', 'other.txt'] as $path) {
            $this->write($path);
        }
        $this->adapter->createDirectory('some', new Config());
        $this->adapter->createDirectory('some/empty', new Config());
        self::assertSame(['other.txt', 'some/'], $this->paths('', false));
        $entries = iterator_to_array($this->adapter->listContents('some', false), false);
        self::assertEqualsCanonicalizing(['some/0.txt', 'some/1/', 'some/empty/'], $this->paths('some', false));
        self::assertContainsOnlyInstancesOf(\League\Flysystem\StorageAttributes::class, $entries);
        self::assertSame(
            ['some/0.txt', 'some/1/2.txt', 'some/1/3/4.txt', 'some/empty/'],
            $this->paths('some', true),
        );
        self::assertSame([], $this->paths('none'));
    }

    public function testAListingTellsWhatTheServerTells(): void
    {
        $this->write('a.txt');
        $this->adapter->createDirectory('dir', new Config());
        $listing = $this->adapter->listContents('', true);
        self::assertInstanceOf(Generator::class, $listing);
        [$file, $directory] = iterator_to_array($listing, false);
        self::assertInstanceOf(FileAttributes::class, $file);
        self::assertSame(8, $file->fileSize());
        self::assertEqualsWithDelta(time(), $file->lastModified(), 30);
        self::assertSame('"' . md5('contents') . '"', $file->extraMetadata()['ETag']);
        self::assertInstanceOf(DirectoryAttributes::class, $directory);
        self::assertSame('dir', $directory->path());
    }

    public function testADirectoryOfTheSamePathIsNotListedWithinItself(): void
    {
        self::skipOnMinio('it takes no such names');
        $this->s3->write('below/a//b.txt', 'x');
        self::assertSame(['a/'], $this->paths('', false));
        self::assertSame([], $this->paths('a', false));
    }

    public function testOneHeadTellsSizeTimeAndType(): void
    {
        $this->write('a.txt', 'contents', ['Metadata' => ['Owner' => 'me']]);
        foreach (['fileSize', 'lastModified', 'mimeType'] as $method) {
            $attributes = $this->adapter->$method('a.txt');
            self::assertSame(8, $attributes->fileSize());
            self::assertEqualsWithDelta(time(), $attributes->lastModified(), 30);
            self::assertSame('text/plain', $attributes->mimeType());
            self::assertSame(['owner' => 'me'], $attributes->extraMetadata()['Metadata']);
            self::assertNull($attributes->visibility());
        }
    }

    public function testTheTypeIsFoundInTheContentThenInTheName(): void
    {
        $svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
        $this->write('no-extension', $svg);
        $this->write('table.csv', "a,b\n1,2\n");
        $this->adapter->writeStream('photo.jpg', fopen('data:,x', 'r'), new Config());
        self::assertStringStartsWith('image/svg', (string) $this->adapter->mimeType('no-extension')->mimeType());
        self::assertSame('text/csv', $this->adapter->mimeType('table.csv')->mimeType());
        self::assertSame('image/jpeg', $this->adapter->mimeType('photo.jpg')->mimeType());
    }

    public function testATypeThatNobodyHasNamedIsUnknown(): void
    {
        $this->write('sum.md5', md5('x'));
        self::assertSame('binary/octet-stream', $this->s3->getMetadata('below/sum.md5')->mimeType);
        self::assertUnable(UnableToRetrieveMetadata::class, null, fn () => $this->adapter->mimeType('sum.md5'));
        self::assertSame(32, $this->adapter->fileSize('sum.md5')->fileSize());
        $this->write('data.bin', "\0\1");
        self::assertSame('application/octet-stream', $this->adapter->mimeType('data.bin')->mimeType());
    }

    public function testVisibilityIsWrittenReadAndChanged(): void
    {
        self::skipOnMinio('it has no object ACLs');
        $this->write('a.txt', 'x', ['visibility' => Visibility::PUBLIC]);
        self::assertSame('public', $this->adapter->visibility('a.txt')->visibility());
        $this->adapter->setVisibility('a.txt', Visibility::PRIVATE);
        self::assertSame('private', $this->adapter->visibility('a.txt')->visibility());
        $this->adapter->setVisibility('a.txt', Visibility::PUBLIC);
        $this->write('a.txt', 'y', ['visibility' => Visibility::PRIVATE]);
        self::assertSame('private', $this->adapter->visibility('a.txt')->visibility());
    }

    public function testCopiesAndMovesReplaceAndKeepWhatStandsBesideTheContent(): void
    {
        $this->write('source.txt', 'contents', ['ContentType' => 'text/x-mine', 'Metadata' => ['owner' => 'me']]);
        $this->write('destination.txt', 'old');
        $this->adapter->copy('source.txt', 'destination.txt', new Config());
        self::assertSame('contents', $this->adapter->read('destination.txt'));
        self::assertTrue($this->adapter->fileExists('source.txt'));
        $this->adapter->move('source.txt', 'moved/to.txt', new Config());
        self::assertFalse($this->adapter->fileExists('source.txt'));
        $attributes = $this->adapter->mimeType('moved/to.txt');
        self::assertSame('text/x-mine', $attributes->mimeType());
        self::assertSame(['owner' => 'me'], $attributes->extraMetadata()['Metadata']);
    }

    public function testOntoItsOwnPathNothingIsDone(): void
    {
        $this->write('a.txt');
        $this->adapter->copy('a.txt', 'a.txt', new Config());
        $this->adapter->move('a.txt', 'a.txt', new Config(['visibility' => 'public']));
        self::assertSame('contents', $this->adapter->read('a.txt'));
        $this->adapter->copy('none', 'none', new Config());
    }

    public function testTheChecksumIsTheEtagAndAnyOtherIsFlysystemsToMake(): void
    {
        $this->write('a.txt', 'foobar');
        self::assertSame(md5('foobar'), $this->adapter->checksum('a.txt', new Config()));
        self::assertSame(md5('foobar'), $this->adapter->checksum('a.txt', new Config(['checksum_algo' => 'etag'])));
        $filesystem = new Filesystem($this->adapter);
        self::assertSame(hash('sha256', 'foobar'), $filesystem->checksum('a.txt', ['checksum_algo' => 'sha256']));
        $this->expectException(ChecksumAlgoIsNotSupported::class);
        $this->adapter->checksum('a.txt', new Config(['checksum_algo' => 'sha256']));
    }

    public function testFailuresAreFlysystemsWithOursBehind(): void
    {
        $this->adapter->createDirectory('dir', new Config());
        $adapter = $this->adapter;
        $none = 'FILE_NOT_FOUND';
        self::assertUnable(UnableToReadFile::class, $none, fn () => $adapter->read('none'));
        self::assertUnable(UnableToReadFile::class, $none, fn () => $adapter->readStream('none'));
        self::assertUnable(UnableToCopyFile::class, $none, fn () => $adapter->copy('none', 'b', new Config()));
        self::assertUnable(UnableToMoveFile::class, $none, fn () => $adapter->move('none', 'b', new Config()));
        foreach (['fileSize', 'lastModified', 'mimeType'] as $method) {
            self::assertUnable(UnableToRetrieveMetadata::class, $none, fn () => $adapter->$method('none'));
            self::assertUnable(UnableToRetrieveMetadata::class, null, fn () => $adapter->$method('dir/'));
        }
        self::assertUnable(UnableToProvideChecksum::class, null, fn () => $adapter->checksum('none', new Config()));
        self::assertUnable(UnableToProvideChecksum::class, null, fn () => $adapter->checksum('dir', new Config()));
        $said = self::assertUnable(UnableToReadFile::class, $none, fn () => $adapter->read('none'));
        self::assertStringContainsString('no such object', $said->getMessage());
        if (!Environment::isMinio()) {
            self::assertUnable(UnableToRetrieveMetadata::class, $none, fn () => $adapter->visibility('none'));
            $set = fn () => $adapter->setVisibility('none', Visibility::PRIVATE);
            self::assertUnable(UnableToSetVisibility::class, $none, $set);
        }
    }

    public function testAFakeServesAFilesystem(): void
    {
        $fake = S3Storage::fake();
        $files = new Filesystem(new S3StorageAdapter($fake));
        $files->write('dir/a.txt', 'contents', ['visibility' => 'public']);
        $files->copy('dir/a.txt', 'dir/b.txt');
        $files->move('dir/a.txt', 'c.txt');
        self::assertSame(['c.txt', 'dir/b.txt'], self::pathnames($fake->list()));
        self::assertSame('public', $files->visibility('c.txt'));
        self::assertSame(md5('contents'), $files->checksum('c.txt'));
        $fake->failNext('read', 'TIMEOUT');
        self::assertUnable(UnableToReadFile::class, 'TIMEOUT', fn () => $files->read('c.txt'));
        $files->deleteDirectory('dir');
        self::assertTrue($files->has('c.txt'));
        self::assertFalse($files->has('dir'));
    }
}
