<?php

declare(strict_types=1);

namespace S3Storage\Tests\Laravel;

use Illuminate\Http\File;
use Illuminate\Http\UploadedFile;
use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Storage;
use InvalidArgumentException;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToGenerateTemporaryUrl;
use League\Flysystem\UnableToReadFile;
use League\Flysystem\UnableToRetrieveMetadata;
use League\Flysystem\UnableToWriteFile;
use League\MimeTypeDetection\FinfoMimeTypeDetector;
use League\MimeTypeDetection\MimeTypeDetector;
use LogicException;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidConfigException;
use S3Storage\Laravel\Disk;
use S3Storage\Laravel\S3StorageServiceProvider;
use S3Storage\Tests\Environment;
use S3Storage\Tests\FaultServer;
use S3Storage\Tests\LaravelTestCase;
use S3Storage\Tests\Server;
use S3Storage\Tests\Snippets;
use Symfony\Component\HttpFoundation\StreamedResponse;

/** Disks of a booted application: what Laravel documents for its driver s3. */
final class DiskTest extends LaravelTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        $this->boot();
    }

    public function testTheProviderIsDiscovered(): void
    {
        self::assertArrayHasKey(S3StorageServiceProvider::class, $this->application->app->getLoadedProviders());
        self::assertInstanceOf(Disk::class, Storage::disk('s3'));
        self::assertInstanceOf(Disk::class, Storage::cloud());
    }

    public function testFilesAreStoredAndRead(): void
    {
        self::assertTrue(Storage::put('a.txt', 'contents'));
        self::assertSame('contents', Storage::get('a.txt'));
        self::assertTrue(Storage::exists('a.txt'));
        self::assertTrue(Storage::missing('none.txt'));
        self::assertTrue(Storage::fileExists('a.txt'));
        self::assertSame(8, Storage::size('a.txt'));
        self::assertEqualsWithDelta(time(), Storage::lastModified('a.txt'), 30);
        self::assertSame('text/plain', Storage::mimeType('a.txt'));
        self::assertSame(md5('contents'), Storage::checksum('a.txt'));
        self::assertSame($this->prefixed('a.txt'), Storage::path('a.txt'));
        self::assertSame('contents', $this->s3->read('a.txt'));
    }

    public function testJsonPrependAndAppend(): void
    {
        Storage::put('a.json', '{"a": [1]}');
        self::assertSame(['a' => [1]], Storage::json('a.json'));
        Storage::append('log.txt', 'two');
        Storage::append('log.txt', 'three');
        Storage::prepend('log.txt', 'one');
        self::assertSame("one\ntwo\nthree", Storage::get('log.txt'));
    }

    public function testUploadedFilesAndStreamsAreStored(): void
    {
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        file_put_contents($file, 'uploaded');
        $upload = new UploadedFile($file, 'photo.txt', 'text/plain', null, true);
        $path = Storage::putFile('photos', $upload);
        self::assertMatchesRegularExpression('~^photos/\w{40}\.txt$~', (string) $path);
        self::assertSame('uploaded', Storage::get($path));
        self::assertSame('photos/mine.txt', Storage::putFileAs('photos', new File($file), 'mine.txt'));
        self::assertSame('photos/yours.txt', $upload->storeAs('photos', 'yours.txt', 's3'));
        $stream = fopen($file, 'r');
        self::assertTrue(Storage::put('streamed.txt', $stream));
        self::assertTrue(Storage::writeStream('written.txt', fopen($file, 'r')));
        self::assertSame('uploaded', stream_get_contents(Storage::readStream('streamed.txt')));
        unlink($file);
    }

    public function testFilesAreCopiedMovedAndDeleted(): void
    {
        Storage::put('a.txt', 'x');
        self::assertTrue(Storage::copy('a.txt', 'b.txt'));
        self::assertTrue(Storage::move('b.txt', 'c.txt'));
        self::assertSame(['a.txt', 'c.txt'], Storage::files());
        self::assertTrue(Storage::delete('a.txt'));
        Storage::put('dir/d.txt', 'x');
        self::assertTrue(Storage::delete(['/c.txt', 'dir//d.txt', 'none.txt']));
        self::assertSame([], Storage::allFiles());
    }

    public function testDirectoriesAreMadeListedAndDeleted(): void
    {
        Storage::put('dir/deep/a.txt', 'x');
        Storage::put('dir/b.txt', 'x');
        self::assertTrue(Storage::makeDirectory('made'));
        self::assertSame(['dir', 'made'], Storage::directories());
        self::assertSame(['dir/b.txt'], Storage::files('dir'));
        self::assertSame(['dir/b.txt', 'dir/deep/a.txt'], Storage::allFiles('dir'));
        self::assertTrue(Storage::directoryExists('made'));
        self::assertTrue(Storage::deleteDirectory('dir'));
        self::assertTrue(Storage::directoryMissing('dir'));
        Storage::assertMissing('dir/b.txt');
        Storage::assertExists('made');
        Storage::assertDirectoryEmpty('made');
    }

    public function testVisibility(): void
    {
        self::skipOnMinio('it has no object ACLs');
        Storage::put('a.txt', 'x', 'public');
        self::assertSame('public', Storage::getVisibility('a.txt'));
        self::assertTrue(Storage::setVisibility('a.txt', 'private'));
        self::assertSame('private', Storage::getVisibility('a.txt'));
        Storage::put('b.txt', 'public contents', ['visibility' => 'public', 'CacheControl' => 'max-age=1']);
        self::assertSame('public contents', file_get_contents(Storage::url('b.txt')));
    }

    public function testUrls(): void
    {
        $this->boot(['url' => 'https://cdn.example.com/']);
        self::assertSame('https://cdn.example.com/' . $this->prefixed('a b.txt'), Storage::url('a b.txt'));
        self::assertTrue(Storage::disk()->providesTemporaryUrls());
        Storage::put('dir//b.txt', 'found');
        self::assertSame('found', file_get_contents(Storage::temporaryUrl('/dir//b.txt', now()->addMinute())));
        Storage::put('a.txt', 'private contents');
        $url = Storage::temporaryUrl('a.txt', now()->addMinutes(5), ['ResponseContentType' => 'text/x']);
        self::assertSame('private contents', file_get_contents($url));
        $this->boot(['temporary_url' => 'https://files.example.com:8443']);
        $url = Storage::temporaryUrl('a.txt', now()->addDay());
        self::assertStringStartsWith('https://files.example.com:8443/', $url);
    }

    public function testTemporaryUploadUrls(): void
    {
        $upload = Storage::temporaryUploadUrl('up.txt', now()->addMinutes(5), ['ContentType' => 'text/x-mine']);
        self::assertSame(['text/x-mine'], array_change_key_case($upload['headers'])['content-type']);
        $headers = [];
        foreach ($upload['headers'] as $name => $values) {
            $headers[] = "$name: " . implode(', ', $values);
        }
        $context = stream_context_create(['http' => ['method' => 'PUT', 'header' => $headers, 'content' => 'sent']]);
        file_get_contents($upload['url'], false, $context);
        self::assertSame('sent', Storage::get('up.txt'));
        self::assertSame('text/x-mine', Storage::mimeType('up.txt'));
        $this->expectExceptionMessage('unknown option "IfMatch" of a URL for an upload; known: ACL');
        Storage::temporaryUploadUrl('up.txt', now()->addMinutes(5), ['IfMatch' => 'x']);
    }

    public function testResponsesAreStreamedWithRangesAndConditions(): void
    {
        Storage::put('a.txt', '0123456789', ['ContentType' => 'application/x-digits']);
        Route::get('/file', static fn (): StreamedResponse => Storage::download('a.txt', 'naïve name.txt'));
        $whole = $this->get('/file');
        self::assertSame([200, '0123456789'], [$whole->getStatusCode(), self::content($whole)]);
        self::assertSame('application/x-digits', $whole->headers->get('Content-Type'));
        self::assertSame('10', $whole->headers->get('Content-Length'));
        self::assertStringStartsWith('attachment; filename=', (string) $whole->headers->get('Content-Disposition'));
        $part = $this->get('/file', ['Range' => 'bytes=2-4']);
        self::assertSame([206, '234'], [$part->getStatusCode(), self::content($part)]);
        self::assertSame('bytes 2-4/10', $part->headers->get('Content-Range'));
        $none = $this->get('/file', ['If-None-Match' => (string) $whole->headers->get('ETag')]);
        self::assertSame([304, ''], [$none->getStatusCode(), self::content($none)]);
        self::assertSame(416, $this->get('/file', ['Range' => 'bytes=99-'])->getStatusCode());
    }

    public function testAResponseOfAMissingFileFailsAsOnLaravelsOwnDisks(): void
    {
        foreach (['response', 'download'] as $method) {
            try {
                Storage::$method('none.txt');
                self::fail($method);
            } catch (UnableToRetrieveMetadata $exception) {
                self::assertSame('none.txt', $exception->location());
                self::assertInstanceOf(FileNotFoundException::class, $exception->getPrevious());
            }
        }
    }

    public function testAResponseOfAFileThatACustomerKeyEncrypts(): void
    {
        $server = Server::startTls();
        $this->boot(['endpoint' => $server->endpoint, 'key' => Server::ACCESS_KEY, 'secret' => Server::SECRET_KEY,
            'bucket' => Server::BUCKET, 's3storage' => ['ca_file' => $server->caFile],
            'options' => ['SSECustomerKey' => random_bytes(32)]]);
        self::assertTrue(Storage::put('a.txt', 'contents'));
        Route::get('/file', static fn (): StreamedResponse => Storage::response('a.txt'));
        self::assertSame('contents', self::content($this->get('/file')));
        self::assertSame('nt', self::content($this->get('/file', ['Range' => 'bytes=2-3'])));
    }

    public function testHeadersOfTheCallerAndTheObjectInAResponse(): void
    {
        Storage::put('a.txt', '0123456789', ['CacheControl' => 'public, max-age=99', 'ContentDisposition' => 'inline']);
        $headers = ['content-disposition' => 'attachment; filename="mine"', 'Content-Length' => 10];
        Route::get('/file', static fn (): StreamedResponse => Storage::response('a.txt', 'no/name', $headers));
        Route::get('/cached', static fn (): StreamedResponse => Storage::response('a.txt', null, [
            'Cache-Control' => 'public, max-age=5',
        ]));
        $part = $this->get('/file', ['Range' => 'bytes=2-4']);
        self::assertSame([206, '234'], [$part->getStatusCode(), self::content($part)]);
        self::assertSame('3', $part->headers->get('Content-Length'));
        self::assertSame('attachment; filename="mine"', $part->headers->get('Content-Disposition'));
        self::assertStringContainsString('private', (string) $part->headers->get('Cache-Control'));
        self::assertStringContainsString('max-age=5', (string) $this->get('/cached')->headers->get('Cache-Control'));
    }

    public function testHeadersOfARequestThatAreNoneAreLeftOut(): void
    {
        Storage::put('a.txt', '0123456789');
        Route::get('/file', static fn (): StreamedResponse => Storage::response('a.txt'));
        foreach (['Range', 'If-None-Match', 'If-Range'] as $name) {
            self::assertSame(200, $this->get('/file', [$name => "\"\xff\xe4\""])->getStatusCode(), $name);
        }
    }

    public function testPathsMayBeWhatBecomesAString(): void
    {
        foreach ([str('dir')->append('/a.txt'), 2026] as $path) {
            self::assertTrue(Storage::put($path, 'x'));
            self::assertStringEndsWith("/$path", Storage::url($path));
            self::assertSame('x', file_get_contents(Storage::temporaryUrl($path, now()->addMinute())));
            $upload = Storage::temporaryUploadUrl($path, now()->addMinute());
            self::assertStringContainsString("/$path?", $upload['url']);
            self::assertSame('x', self::content(Storage::response($path)));
            $download = Storage::download($path, str('b.txt'));
            self::assertSame('attachment; filename=b.txt', $download->headers->get('Content-Disposition'));
            self::assertTrue(Storage::delete([$path, str('none')]));
            self::assertFalse(Storage::exists($path));
        }
    }

    public function testExpiriesMayBeWhatTheSdkTakes(): void
    {
        Storage::put('a.txt', 'x');
        foreach (['+5 minutes', time() + 300, (string) (time() + 300), now()->addMinutes(5)] as $expiration) {
            self::assertSame('x', file_get_contents(Storage::temporaryUrl('a.txt', $expiration)));
            self::assertStringContainsString('X-Amz-', Storage::temporaryUploadUrl('a.txt', $expiration)['url']);
        }
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage('"soon" is no time');
        Storage::temporaryUrl('a.txt', 'soon');
    }

    public function testFailuresAreAnswersUnlessTheDiskThrows(): void
    {
        self::assertNull(Storage::get('none.txt'));
        self::assertFalse(Storage::copy('none.txt', 'b.txt'));
        self::assertFalse(Storage::put('a.txt', 'x', ['Expires' => 'tomorrow']));
        $this->boot(['throw' => true]);
        $this->expectException(UnableToReadFile::class);
        Storage::get('none.txt');
    }

    public function testAReadOnlyDiskChangesNothing(): void
    {
        Storage::put('a.txt', 'x');
        $this->boot(['read-only' => true]);
        self::assertSame('x', Storage::get('a.txt'));
        self::assertFalse(Storage::put('a.txt', 'y'));
        self::assertFalse(Storage::delete(['a.txt', 'b.txt']));
        self::assertFalse(Storage::move('a.txt', 'b.txt'));
        $this->boot(['read-only' => true, 'throw' => true]);
        $calls = [
            UnableToWriteFile::class => fn () => Storage::put('a.txt', 'y'),
            UnableToDeleteFile::class => fn () => Storage::delete(['a.txt', 'b.txt']),
        ];
        foreach ($calls as $class => $call) {
            try {
                $call();
                self::fail($class);
            } catch (UnableToWriteFile | UnableToDeleteFile $exception) {
                self::assertInstanceOf($class, $exception);
                self::assertStringContainsString('read-only', $exception->getMessage());
            }
        }
        self::assertSame('x', Storage::get('a.txt'));
    }

    public function testAReadOnlyDiskHandsOutNoUrlsForUploads(): void
    {
        self::assertTrue(Storage::providesTemporaryUploadUrls());
        $this->boot(['read-only' => true]);
        self::assertFalse(Storage::providesTemporaryUploadUrls());
        $this->expectException(UnableToGenerateTemporaryUrl::class);
        $this->expectExceptionMessage('this disk is read-only');
        Storage::temporaryUploadUrl('a.txt', now()->addMinute());
    }

    public function testAReadOnlyDiskHasUrlsAndChecksumsOfTheServer(): void
    {
        $parts = str_repeat('x', 6 * 1024 * 1024);
        Storage::put('parts', $parts, ['part_size' => 5 * 1024 * 1024]);
        $etag = Storage::checksum('parts');
        self::assertStringEndsWith('-2', (string) $etag);
        $this->boot(['read-only' => true]);
        self::assertSame($etag, Storage::checksum('parts'));
        self::assertSame(md5($parts), Storage::checksum('parts', ['checksum_algo' => 'md5']));
        $files = Storage::disk()->getDriver();
        self::assertSame($parts, file_get_contents($files->temporaryUrl('parts', now()->addMinute())));
        self::assertSame(Storage::url('parts'), $files->publicUrl('parts'));
    }

    public function testRootPrefixAndScopedDisksAreBelowEachOther(): void
    {
        $this->boot(['prefix' => 'tenant'], ['scoped' => ['driver' => 'scoped', 'disk' => 's3', 'prefix' => 'inner']]);
        Storage::put('a.txt', 'x');
        self::assertSame('x', $this->s3->read('tenant/a.txt'));
        self::assertSame($this->prefixed('tenant/a.txt'), Storage::path('a.txt'));
        Storage::disk('scoped')->put('b.txt', 'y');
        self::assertContains('b.txt', Storage::disk('scoped')->files());
        // Up to version 10 the prefix of a scoped disk takes the place of its parent's.
        $ends = static fn (string $pathname): bool => str_ends_with($pathname, 'inner/b.txt');
        self::assertCount(1, array_filter(self::pathnames($this->s3->list()), $ends));
    }

    public function testARootBeginsKeysAsItIsWritten(): void
    {
        foreach (['/lead/ing/', '/', 'trailing/'] as $root) {
            $this->boot(['root' => $root, 's3storage' => ['prefix' => $this->prefix]]);
            Storage::put('a.txt', 'x');
            $key = rtrim($root, '/') . '/a.txt';
            self::assertSame('x', $this->s3->read($key));
            self::assertSame($key, Storage::path('a.txt'));
            self::assertSame(['a.txt'], Storage::files());
            self::assertStringContainsString("/$this->prefix$key?", Storage::temporaryUrl('a.txt', now()->addMinute()));
            Artisan::call('s3storage:check');
            self::assertStringContainsString('there are objects', Artisan::output());
        }
        $this->boot(['root' => '/lead', 'prefix' => '/tenant/', 's3storage' => ['prefix' => $this->prefix]]);
        Storage::put('b.txt', 'x');
        self::assertSame('/lead/tenant/b.txt', Storage::path('b.txt'));
        self::assertSame('x', $this->s3->read('/lead/tenant/b.txt'));
    }

    public function testAFakeTakesThePlaceOfADisk(): void
    {
        Storage::fake('s3');
        Storage::disk('s3')->put('a.txt', 'x');
        Storage::disk('s3')->assertExists('a.txt');
        self::assertFalse($this->s3->exists('a.txt'));
    }

    public function testADetectorOfTypesThatTheApplicationHasBoundIsAsked(): void
    {
        Storage::put('photo.jpg', '<html><body>not a photo</body></html>');
        self::assertSame('image/jpeg', Storage::mimeType('photo.jpg'));
        $this->application->app->singleton(MimeTypeDetector::class, FinfoMimeTypeDetector::class);
        Storage::forgetDisk('s3');
        Storage::put('photo.jpg', '<html><body>not a photo</body></html>');
        self::assertSame('text/html', Storage::mimeType('photo.jpg'));
    }

    public function testTheDriverS3IsTakenOverWhereThatIsAskedFor(): void
    {
        $this->boot(['driver' => 's3', 'version' => 'latest', 'use_accelerate_endpoint' => null, 'retries' => 2,
            'http' => ['connect_timeout' => 2, 'timeout' => 0], 'stream_reads' => true, 'url' => null, 'token' => '',
            'options' => ['CacheControl' => 'max-age=60']], [], ['replace_s3_driver' => true]);
        self::assertInstanceOf(Disk::class, Storage::disk());
        Storage::put('a.txt', 'x');
        $headers = array_change_key_case($this->s3->openResponse('a.txt')->headers);
        self::assertSame('max-age=60', $headers['cache-control']);
    }

    public function testThereIsNoClientAndTheDiskSaysWhatToUse(): void
    {
        self::assertSame('x', Storage::disk()->getStorage()->write($this->prefixed('a'), 'x')->size === 1 ? 'x' : '');
        $this->expectException(LogicException::class);
        $this->expectExceptionMessage('Use getStorage()');
        Storage::disk()->getClient();
    }

    public function testKeysThatCannotBeHonouredAreRefusedWithWhatToDo(): void
    {
        $refused = [
            'use_accelerate_endpoint' => [true, 'may only be false'],
            'use_aws_shared_config_files' => [false, 'may only be true'],
            'scheme' => ['http', 'begins with http://'],
            'profile' => ['work', 'set the variable AWS_PROFILE'],
            'handler' => ['x', 'Storage::fake()'],
            'http' => [['verify' => false], 'certificates are always verified'],
            'retries' => ['often', 'must be a number'],
            'credentials' => [false, 'the AWS chain is asked'],
            's3storage' => ['r2', 'must be an array'],
            'options' => ['CacheControl', 'must be an array'],
            'bucket' => ['', 'has no [bucket]'],
        ];
        foreach ($refused as $key => [$value, $words]) {
            $this->boot([$key => $value]);
            try {
                Storage::disk();
                self::fail($key);
            } catch (InvalidArgumentException $exception) {
                self::assertStringContainsString($words, $exception->getMessage());
            }
        }
        $this->boot(['s3storage' => ['max_atempts' => 5]]);
        $this->expectException(InvalidConfigException::class);
        $this->expectExceptionMessage('max_atempts');
        Storage::disk();
    }

    public function testKeysOfTheExtensionAndSecretsThatLookLikeVariables(): void
    {
        $this->boot(['s3storage' => ['max_attempts' => 1, 'part_size' => 6_000_000], 'secret' => 'a${b}c']);
        $disk = Storage::disk();
        self::assertFalse($disk->put('a.txt', 'x'));
        ob_start();
        var_dump($disk);
        self::assertStringNotContainsString('a${b}c', (string) ob_get_clean());
        self::assertArrayNotHasKey('secret', $disk->getConfig());
    }

    public function testTheCommandTellsWhetherADiskWorks(): void
    {
        $status = Artisan::call('s3storage:check', ['--write' => true]);
        $said = Artisan::output();
        self::assertSame(0, $status, $said);
        foreach (['configuration  ok (disk [s3]', 'list', 'write', 'read', 'presign', 'delete'] as $word) {
            self::assertStringContainsString($word, $said);
        }
        self::assertSame([], self::pathnames($this->s3->list()));
        $this->boot(['secret' => 'wrong']);
        self::assertSame(1, Artisan::call('s3storage:check', ['disk' => 's3']));
        self::assertStringContainsString('failed: list', preg_replace('/ +/', ' ', Artisan::output()));
        $this->boot([], ['other' => ['driver' => 'local', 'root' => sys_get_temp_dir()]]);
        self::assertSame(1, Artisan::call('s3storage:check', ['disk' => 'other']));
        self::assertStringContainsString('driver must be s3storage', Artisan::output());
    }

    public function testTheCommandWritesNothingToADiskThatIsReadOnly(): void
    {
        $this->boot(['read-only' => true]);
        $status = Artisan::call('s3storage:check', ['--write' => true]);
        $said = Artisan::output();
        self::assertSame(0, $status, $said);
        self::assertMatchesRegularExpression('/^write +skipped: this disk is read-only$/m', $said);
        self::assertMatchesRegularExpression('/^list +ok /m', $said);
        self::assertStringNotContainsString('failed', $said);
    }

    public function testTheCommandShowsWhatAServerSaysAsItIs(): void
    {
        $list = '<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>';
        $denied = FaultServer::error(403, 'AccessDenied', 'no &lt;info&gt;policy&lt;/info&gt;');
        $server = new FaultServer([FaultServer::answer(200, $list), $denied]);
        $this->boot(['endpoint' => $server->endpoint]);
        self::assertSame(1, Artisan::call('s3storage:check', ['--write' => true]));
        $said = Artisan::output();
        self::assertStringContainsString('<info>policy</info>', $said);
        self::assertStringContainsString('these credentials may not write here', $said);
        self::assertStringNotContainsString('delete', $said, 'nothing was written');
        self::assertCount(2, $server->requests());
    }

    public function testTheDiskOfTheDocumentWorks(): void
    {
        $this->boot(self::evaluated('return [' . Snippets::of('laravel.md') . '];'));
        Storage::put('a.txt', 'x');
        self::assertSame('x', $this->s3->read('a.txt'));
        Storage::put('b.txt', 'x');
        Storage::delete(['a.txt', 'b.txt']);
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    /**
     * A new application; its disk `s3` is below the prefix of this test.
     *
     * @param array<string, mixed> $disk overrides
     * @param array<string, array<string, mixed>> $more disks
     * @param array<string, mixed> $s3storage
     */
    private function boot(array $disk = [], array $more = [], array $s3storage = []): void
    {
        $disk += [
            'driver' => 's3storage',
            'key' => Environment::accessKey(),
            'secret' => Environment::secretKey(),
            'region' => 'us-east-1',
            'bucket' => Environment::bucket(),
            'endpoint' => Environment::endpoint(),
            'use_path_style_endpoint' => true,
            'root' => rtrim($this->prefix, '/'),
        ];
        $this->bootWith(['s3' => $disk] + $more, $s3storage);
    }

    private function prefixed(string $path): string
    {
        return $this->prefix . $path;
    }
}
