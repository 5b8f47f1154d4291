<?php

declare(strict_types=1);

namespace S3Storage\Tests\Laravel;

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Filesystem\FilesystemAdapter;
use Illuminate\Http\File;
use Illuminate\Http\Request;
use Illuminate\Http\UploadedFile;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Storage;
use League\Flysystem\UnableToReadFile;
use League\Flysystem\UnableToWriteFile;
use S3Storage\Laravel\Disk;
use S3Storage\Tests\Environment;
use S3Storage\Tests\LaravelTestCase;
use Symfony\Component\HttpFoundation\StreamedResponse;
use Throwable;

/**
 * What applications do with `Storage`, on the disk `s3` of Laravel's skeleton of which one line is changed. Each test
 * is a use with what Laravel's documentation states of it; the words before the colon are the section of
 * https://laravel.com/docs/filesystem that it is in.
 */
final class DocumentedUsesTest extends LaravelTestCase
{
    /** A directory of this test: the disk is the whole bucket. */
    private string $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = rtrim($this->prefix, '/');
        $this->boot();
    }

    public function testOneLineOfTheStockConfigurationIsChanged(): void
    {
        $stock = explode("\n", (string) file_get_contents(__DIR__ . '/stock-s3.php'));
        $changed = array_diff_assoc(explode("\n", self::changed()), $stock);
        self::assertSame(["            'driver' => 's3storage',"], array_values($changed));
        self::assertSame(["            'driver' => 's3',"], array_values(array_intersect_key($stock, $changed)));
        self::assertInstanceOf(Disk::class, Storage::disk('s3'));
    }

    // The Filesystem: configuration

    /** Obtaining Disk Instances: methods of the facade are passed to the default disk. */
    public function testTheFacadeIsTheDefaultDisk(): void
    {
        self::assertTrue(Storage::put($this->at('avatars/1'), 'contents'));
        self::assertSame('contents', Storage::disk('s3')->get($this->at('avatars/1')));
    }

    /** Configuration: the disk named by `filesystems.cloud`. */
    public function testTheCloudDisk(): void
    {
        Storage::cloud()->put($this->at('a.txt'), 'contents');
        self::assertSame('contents', Storage::get($this->at('a.txt')));
    }

    /** On-Demand Disks: `build` creates a disk at runtime from a configuration that is in no file. */
    public function testADiskIsBuiltOnDemand(): void
    {
        $disk = Storage::build(['root' => $this->at('built')] + self::disk());
        self::assertTrue($disk->put('image.jpg', 'contents'));
        self::assertSame('contents', Storage::get($this->at('built/image.jpg')));
    }

    /** Scoped Filesystems: all paths are automatically prefixed with the given prefix. */
    public function testAScopedDisk(): void
    {
        $this->boot([], ['s3-videos' => ['driver' => 'scoped', 'disk' => 's3', 'prefix' => $this->at('to/videos')]]);
        Storage::disk('s3-videos')->put('a.mp4', 'film');
        self::assertSame('film', Storage::get($this->at('to/videos/a.mp4')));
        self::assertSame(['a.mp4'], Storage::disk('s3-videos')->files());
    }

    /** Read-Only Filesystems: `read-only` disks do not allow write operations. */
    public function testAReadOnlyDisk(): void
    {
        Storage::put($this->at('a.txt'), 'contents');
        $this->boot([], ['s3-videos' => ['read-only' => true] + self::disk()]);
        $disk = Storage::disk('s3-videos');
        self::assertSame('contents', $disk->get($this->at('a.txt')));
        self::assertSame([false, false], [$disk->put($this->at('a.txt'), 'x'), $disk->delete($this->at('a.txt'))]);
        self::assertFalse($disk->deleteDirectory($this->folder));
        self::assertSame('contents', Storage::get($this->at('a.txt')));
    }

    /** S3 Driver Configuration: `root` is put before every path. */
    public function testARootWithinTheBucket(): void
    {
        $this->boot(['root' => $this->at('tenant')]);
        Storage::put('a.txt', 'contents');
        self::assertSame($this->at('tenant/a.txt'), Storage::path('a.txt'));
        self::assertSame('contents', $this->s3->read('tenant/a.txt'));
    }

    /** S3 Driver Configuration: variables of `.env` that are not set leave null, and Guzzle's options go to the client. */
    public function testNullsAndTheOptionsOfTheClient(): void
    {
        $this->boot(['url' => null, 'token' => null, 'root' => '', 'visibility' => null, 'options' => null,
            'version' => 'latest', 'http' => ['connect_timeout' => 5, 'timeout' => 30, 'verify' => true]]);
        self::assertTrue(Storage::put($this->at('a.txt'), 'contents'));
    }

    // Retrieving files

    /** Retrieving Files: `get` returns the raw string contents; `exists` and `missing` determine if a file is there. */
    public function testGetExistsAndMissing(): void
    {
        $bytes = random_bytes(5_000);
        Storage::put($this->at('file.jpg'), $bytes);
        self::assertSame($bytes, Storage::get($this->at('file.jpg')));
        self::assertTrue(Storage::exists($this->at('file.jpg')));
        self::assertTrue(Storage::missing($this->at('none.jpg')));
        self::assertNull(Storage::get($this->at('none.jpg')));
    }

    /** Retrieving Files: `json` retrieves the file and decodes its contents. */
    public function testJson(): void
    {
        Storage::put($this->at('orders.json'), json_encode(['orders' => [['id' => 7]]]));
        self::assertSame(['orders' => [['id' => 7]]], Storage::json($this->at('orders.json')));
    }

    /** Downloading Files: `download` forces the browser to download, by the name and with the headers that are given. */
    public function testDownload(): void
    {
        Storage::put($this->at('file.txt'), '0123456789');
        $download = fn () => Storage::download($this->at('file.txt'), 'name.txt', ['X-Mine' => 'yes']);
        Route::get('/download', static fn (): StreamedResponse => $download());
        $answer = $this->get('/download');
        self::assertSame([200, '0123456789'], [$answer->getStatusCode(), self::content($answer)]);
        self::assertSame('attachment; filename=name.txt', $answer->headers->get('Content-Disposition'));
        self::assertSame(['yes', '10'], [$answer->headers->get('X-Mine'), $answer->headers->get('Content-Length')]);
    }

    /** Downloading Files: `response` shows the file in the browser; a browser that seeks gets the range it asks for. */
    public function testAResponseWithARange(): void
    {
        Storage::put($this->at('film.mp4'), '0123456789');
        $response = fn () => Storage::response($this->at('film.mp4'));
        Route::get('/film', static fn (): StreamedResponse => $response());
        $answer = $this->get('/film', ['Range' => 'bytes=2-4']);
        self::assertSame([206, '234'], [$answer->getStatusCode(), self::content($answer)]);
        self::assertSame('bytes 2-4/10', $answer->headers->get('Content-Range'));
        self::assertSame('inline; filename=film.mp4', $answer->headers->get('Content-Disposition'));
        self::assertSame('video/mp4', $answer->headers->get('Content-Type'));
    }

    /** `readStream` returns a resource to read the file. */
    public function testAFileIsReadAsAStream(): void
    {
        Storage::put($this->at('a.txt'), 'contents');
        $stream = Storage::readStream($this->at('a.txt'));
        self::assertIsResource($stream);
        self::assertSame('contents', stream_get_contents($stream));
    }

    // File URLs

    /** File URLs: with the `s3` driver, the fully qualified remote URL is returned. */
    public function testUrl(): void
    {
        $remote = Environment::endpoint() . '/' . Environment::bucket() . '/';
        self::assertSame($remote . $this->at('file.jpg'), Storage::url($this->at('file.jpg')));
        $this->boot(['url' => 'https://cdn.example.com']);
        self::assertSame('https://cdn.example.com/' . $this->at('file.jpg'), Storage::url($this->at('file.jpg')));
    }

    /** Temporary URLs: good for anybody until they expire; S3 request parameters may be specified. */
    public function testTemporaryUrl(): void
    {
        Storage::put($this->at('file.jpg'), 'contents');
        $url = Storage::temporaryUrl($this->at('file.jpg'), now()->addMinutes(5), [
            'ResponseContentType' => 'application/octet-stream',
            'ResponseContentDisposition' => 'attachment; filename=file2.jpg',
        ]);
        self::assertSame('contents', file_get_contents($url));
        $headers = array_map('strtolower', $http_response_header ?? []);
        self::assertContains('content-type: application/octet-stream', $headers);
        self::assertContains('content-disposition: attachment; filename=file2.jpg', $headers);
    }

    /** Customizing Temporary URLs: `buildTemporaryUrlsUsing` says how they are made for a disk. */
    public function testTemporaryUrlsOfOnesOwn(): void
    {
        Storage::disk('s3')->buildTemporaryUrlsUsing(
            fn (string $path, $expiration, array $options): string => "https://files.example.com/$path",
        );
        $url = Storage::temporaryUrl($this->at('a.txt'), now()->addMinutes(5));
        self::assertSame('https://files.example.com/' . $this->at('a.txt'), $url);
    }

    /** Temporary Upload URLs: `url` and the `headers` to be included with the request that uploads directly. */
    public function testTemporaryUploadUrl(): void
    {
        $path = $this->at('file.jpg');
        ['url' => $url, 'headers' => $headers] = Storage::temporaryUploadUrl($path, now()->addMinutes(5));
        $lines = array_map(
            static fn (string $name, array|string $value): string => "$name: " . implode(', ', (array) $value),
            array_keys($headers),
            $headers,
        );
        $http = ['method' => 'PUT', 'header' => [...$lines, 'Content-Type: image/jpeg'], 'content' => 'uploaded'];
        file_get_contents($url, false, stream_context_create(['http' => $http]));
        self::assertSame('uploaded', Storage::get($path));
    }

    // File metadata

    /** File Metadata: the size in bytes, the UNIX timestamp of the last modification, the MIME type. */
    public function testSizeLastModifiedAndMimeType(): void
    {
        Storage::put($this->at('notes.txt'), 'contents');
        self::assertSame(8, Storage::size($this->at('notes.txt')));
        self::assertEqualsWithDelta(time(), Storage::lastModified($this->at('notes.txt')), 60);
        self::assertSame('text/plain', Storage::mimeType($this->at('notes.txt')));
    }

    /** File Paths: with the `s3` driver, the relative path to the file in the bucket. */
    public function testPath(): void
    {
        self::assertSame($this->at('file.jpg'), Storage::path($this->at('file.jpg')));
    }

    /** `checksum` is the hash of a file; by default that of the driver, else of the algorithm that is given. */
    public function testChecksum(): void
    {
        Storage::put($this->at('a.txt'), 'contents');
        self::assertSame(md5('contents'), Storage::checksum($this->at('a.txt')));
        $checksum = Storage::checksum($this->at('a.txt'), ['checksum_algo' => 'sha256']);
        self::assertSame(hash('sha256', 'contents'), $checksum);
    }

    // Storing files

    /** Storing Files: `put` stores contents, or a PHP resource by Flysystem's stream support. */
    public function testPutOfContentsAndOfAResource(): void
    {
        self::assertTrue(Storage::put($this->at('file.jpg'), 'contents'));
        self::assertTrue(Storage::put($this->at('other.jpg'), fopen('data:,from%20a%20resource', 'r')));
        self::assertTrue(Storage::writeStream($this->at('third.jpg'), fopen('data:,from%20a%20stream', 'r')));
        $stored = array_map(fn (string $name) => Storage::get($this->at($name)), ['other.jpg', 'third.jpg']);
        self::assertSame(['from a resource', 'from a stream'], $stored);
    }

    /** Storing Files: options of S3 are given with the file. */
    public function testPutWithOptionsOfS3(): void
    {
        $options = ['CacheControl' => 'max-age=60', 'ContentType' => 'text/x-mine', 'Metadata' => ['owner' => 'me'],
            'ContentDisposition' => 'attachment'];
        self::assertTrue(Storage::put($this->at('a.txt'), 'contents', $options));
        $answer = $this->s3->openResponse('a.txt');
        $headers = array_change_key_case($answer->headers);
        self::assertSame(['max-age=60', 'attachment', 'text/x-mine'], [$headers['cache-control'],
            $headers['content-disposition'], Storage::mimeType($this->at('a.txt'))]);
        self::assertSame(['owner' => 'me'], $this->s3->getMetadata('a.txt')->metadata);
    }

    /** Failed Writes: false is returned; with `throw` an exception such as UnableToWriteFile is thrown. */
    public function testFailedWrites(): void
    {
        $this->boot(['bucket' => 'there-is-no-such-bucket']);
        self::assertFalse(Storage::put('file.jpg', 'contents'));
        $this->boot(['bucket' => 'there-is-no-such-bucket', 'throw' => true]);
        $this->expectException(UnableToWriteFile::class);
        Storage::put('file.jpg', 'contents');
    }

    /** Failed reads: null is returned; with `throw` an exception is thrown. */
    public function testFailedReads(): void
    {
        self::assertNull(Storage::get($this->at('none.jpg')));
        $this->boot(['throw' => true]);
        $this->expectException(UnableToReadFile::class);
        Storage::get($this->at('none.jpg'));
    }

    /** Failed Writes: with `report` the exception is sent to the exception handler, and the call answers as without. */
    public function testFailuresAreReported(): void
    {
        if (!method_exists(FilesystemAdapter::class, 'report')) {
            self::markTestSkipped('this version of Laravel reports none');
        }
        foreach ([false, true] as $report) {
            $this->boot(['bucket' => 'there-is-no-such-bucket', 'report' => $report]);
            $reported = [];
            $this->application->app->make(ExceptionHandler::class)->reportable(
                static function (Throwable $exception) use (&$reported): bool {
                    $reported[] = $exception::class;
                    return false;
                },
            );
            self::assertFalse(Storage::put('file.jpg', 'contents'));
            self::assertSame($report ? [UnableToWriteFile::class] : [], $reported);
        }
    }

    /** Prepending and Appending To Files: they write to the beginning or end of a file. */
    public function testPrependAndAppend(): void
    {
        Storage::put($this->at('file.log'), 'Text');
        Storage::prepend($this->at('file.log'), 'Prepended Text');
        Storage::append($this->at('file.log'), 'Appended Text');
        self::assertSame("Prepended Text\nText\nAppended Text", Storage::get($this->at('file.log')));
    }

    /** Copying and Moving Files: `copy` to a new location, `move` renames or moves. */
    public function testCopyAndMove(): void
    {
        Storage::put($this->at('old/file.jpg'), 'contents');
        self::assertTrue(Storage::copy($this->at('old/file.jpg'), $this->at('new/copy.jpg')));
        self::assertTrue(Storage::move($this->at('old/file.jpg'), $this->at('new/file.jpg')));
        $files = [$this->at('new/copy.jpg'), $this->at('new/file.jpg')];
        self::assertSame($files, Storage::allFiles($this->folder));
        self::assertSame('contents', Storage::get($this->at('new/copy.jpg')));
    }

    /** Automatic Streaming: `putFile` generates a unique ID for the filename and returns the path. */
    public function testPutFile(): void
    {
        $path = Storage::putFile($this->at('photos'), new File($this->temporary('not a picture')));
        self::assertMatchesRegularExpression('~/photos/\w{40}\.txt$~', (string) $path);
        self::assertSame('not a picture', Storage::get($path));
    }

    /** Automatic Streaming: `putFileAs` stores by the filename that is given. */
    public function testPutFileAs(): void
    {
        $path = Storage::putFileAs($this->at('photos'), new File($this->temporary('a picture')), 'photo.jpg');
        self::assertSame($this->at('photos/photo.jpg'), $path);
        self::assertSame('a picture', Storage::get($path));
    }

    /** File Uploads: `store` and `storeAs` of an uploaded file put it onto a disk and return its path. */
    public function testAnUploadOfARequest(): void
    {
        [$folder, $kept] = [$this->at('avatars'), null];
        Route::post('/avatar', static function (Request $request) use ($folder, &$kept): string {
            $kept = $request->file('avatar')->storeAs($folder, 'me.png', 's3');
            return (string) $request->file('avatar')->store($folder);
        });
        $upload = new UploadedFile($this->temporary('a picture'), 'my.png', 'image/png', null, true);
        $answer = $this->handle(Request::create('/avatar', 'POST', files: ['avatar' => $upload]));
        self::assertSame(200, $answer->getStatusCode(), (string) $answer->getContent());
        self::assertSame("$folder/me.png", $kept);
        self::assertStringStartsWith("$folder/", (string) $answer->getContent());
        self::assertSame('a picture', Storage::get((string) $answer->getContent()));
    }

    /** File Visibility: set while a file is written, retrieved by `getVisibility`, changed by `setVisibility`. */
    public function testVisibility(): void
    {
        self::skipOnMinio('it has no object ACLs, for Laravel\'s own driver neither');
        Storage::put($this->at('file.jpg'), 'contents', 'public');
        self::assertSame('public', Storage::getVisibility($this->at('file.jpg')));
        self::assertTrue(Storage::setVisibility($this->at('file.jpg'), 'private'));
        self::assertSame('private', Storage::getVisibility($this->at('file.jpg')));
        $path = Storage::putFile($this->at('photos'), new File($this->temporary('x')), 'public');
        self::assertSame('public', Storage::getVisibility($path));
    }

    // Deleting files, directories

    /** Deleting Files: a single filename or an array of files. */
    public function testDeleteOfOneAndOfMany(): void
    {
        array_map(fn (string $name) => Storage::put($this->at($name), 'x'), ['a.jpg', 'b.jpg', 'c/d.jpg', 'e.jpg']);
        self::assertTrue(Storage::delete($this->at('a.jpg')));
        self::assertTrue(Storage::delete([$this->at('b.jpg'), $this->at('c/d.jpg'), $this->at('none.jpg')]));
        self::assertSame([$this->at('e.jpg')], Storage::allFiles($this->folder));
    }

    /** Get All Files Within a Directory: `files`, and `allFiles` with all subdirectories. */
    public function testFilesAndAllFiles(): void
    {
        array_map(fn (string $name) => Storage::put($this->at($name), 'x'), ['b.txt', 'a.txt', 'sub/c.txt']);
        self::assertSame([$this->at('a.txt'), $this->at('b.txt')], Storage::files($this->folder));
        $all = [$this->at('a.txt'), $this->at('b.txt'), $this->at('sub/c.txt')];
        self::assertSame($all, Storage::allFiles($this->folder));
    }

    /** Get All Directories Within a Directory: `directories`, and `allDirectories` with all subdirectories. */
    public function testDirectoriesAndAllDirectories(): void
    {
        Storage::makeDirectory($this->at('a'));
        Storage::makeDirectory($this->at('a/b'));
        self::assertSame([$this->at('a')], Storage::directories($this->folder));
        self::assertSame([$this->at('a'), $this->at('a/b')], Storage::allDirectories($this->folder));
    }

    /** Create a Directory: with any needed subdirectories. Delete a Directory: and all of its files. */
    public function testMakeAndDeleteADirectory(): void
    {
        self::assertTrue(Storage::makeDirectory($this->at('made/deep')));
        self::assertTrue(Storage::directoryExists($this->at('made')));
        self::assertTrue(Storage::directoryExists($this->at('made/deep')));
        Storage::put($this->at('made/deep/a.txt'), 'x');
        self::assertTrue(Storage::deleteDirectory($this->at('made')));
        self::assertTrue(Storage::directoryMissing($this->at('made')));
        self::assertFalse(Storage::exists($this->at('made/deep/a.txt')));
    }

    // Testing, custom methods

    /** Testing: `fake` takes the place of a disk; files are asserted to be there, or missing. */
    public function testAFakeOfTheDisk(): void
    {
        Storage::fake('s3');
        Storage::disk('s3')->put('photos/1.jpg', 'x');
        Storage::disk('s3')->assertExists(['photos/1.jpg'])->assertMissing('missing.jpg');
        self::assertFalse($this->s3->exists('photos/1.jpg'));
    }

    /** Testing: the same assertions hold on the real disk. */
    public function testAssertionsOnTheDisk(): void
    {
        Storage::put($this->at('photos/1.jpg'), 'contents');
        Storage::makeDirectory($this->at('wallpapers'));
        Storage::assertExists($this->at('photos/1.jpg'), 'contents');
        Storage::assertMissing($this->at('missing.jpg'));
        Storage::assertDirectoryEmpty($this->at('wallpapers'));
    }

    /** Disks are macroable, as everything of Laravel that says so. */
    public function testAMacro(): void
    {
        FilesystemAdapter::macro('shout', function (string $path): string {
            return strtoupper((string) $this->get($path));
        });
        try {
            Storage::put($this->at('a.txt'), 'contents');
            self::assertSame('CONTENTS', Storage::shout($this->at('a.txt')));
        } finally {
            FilesystemAdapter::flushMacros();
        }
    }

    private function at(string $path): string
    {
        return "$this->folder/$path";
    }

    /**
     * The application with the changed disk.
     *
     * @param array<string, mixed> $overrides
     * @param array<string, array<string, mixed>> $more disks
     */
    private function boot(array $overrides = [], array $more = []): void
    {
        $this->bootWith(['s3' => $overrides + self::disk()] + $more);
    }

    /** The stock configuration, one line of it changed. */
    private static function changed(): string
    {
        $stock = (string) file_get_contents(__DIR__ . '/stock-s3.php');
        return str_replace("'driver' => 's3',", "'driver' => 's3storage',", $stock);
    }

    /** @return array<string, mixed> That, with the variables of `.env`. */
    private static function disk(): array
    {
        return self::evaluated('?>' . self::changed());
    }

    private function temporary(string $content): string
    {
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        register_shutdown_function(static fn () => @unlink($file));
        file_put_contents($file, $content);
        return $file;
    }
}
