<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use League\Flysystem\Config;
use League\Flysystem\Filesystem;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToCreateDirectory;
use League\Flysystem\UnableToGenerateTemporaryUrl;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToWriteFile;
use League\Flysystem\UnableToRetrieveMetadata;
use League\MimeTypeDetection\ExtensionMimeTypeDetector;
use League\MimeTypeDetection\FinfoMimeTypeDetector;
use S3Storage;
use S3Storage\Flysystem\PortableVisibilityConverter;
use S3Storage\Flysystem\ExtensionFirst;
use S3Storage\Flysystem\S3StorageAdapter;
use S3Storage\Flysystem\VisibilityConverter;
use S3Storage\OperationEvent;

/** The options that users of Flysystem's adapter for the AWS SDK give: honoured, or refused by name. */
final class FlysystemOptionsTest extends FlysystemTestCase
{
    public function testHeadersMetadataTagsAndStorageClassAreWritten(): void
    {
        $this->write('a.txt', 'x', [
            'CacheControl' => 'max-age=60',
            'ContentDisposition' => 'attachment',
            'ContentEncoding' => 'identity',
            'ContentType' => 'text/x-mine',
            'Metadata' => ['owner' => 'me', 'year' => 2026],
            'StorageClass' => 'STANDARD',
            'Tagging' => 'project=apollo+11&team=a%3Db&empty=',
            'ContentLength' => 1,
        ]);
        $headers = array_change_key_case($this->s3->openResponse('below/a.txt')->headers);
        self::assertSame('max-age=60', $headers['cache-control']);
        self::assertSame('attachment', $headers['content-disposition']);
        self::assertSame('identity', $headers['content-encoding']);
        $info = $this->s3->getMetadata('below/a.txt');
        self::assertSame('text/x-mine', $info->mimeType);
        self::assertSame(['owner' => 'me', 'year' => '2026'], $info->metadata);
        $tags = $this->s3->getTags('below/a.txt');
        ksort($tags);
        self::assertSame(['empty' => '', 'project' => 'apollo 11', 'team' => 'a=b'], $tags);
    }

    public function testTheTypeHasSeveralSpellings(): void
    {
        foreach (['mimetype', 'mimeType', 'ContentType'] as $name) {
            $this->write("$name.txt", 'x', [$name => "text/$name"]);
            self::assertSame("text/$name", $this->adapter->mimeType("$name.txt")->mimeType());
        }
        $this->write('both.txt', 'x', ['mimetype' => 'text/one', 'ContentType' => 'text/two']);
        self::assertSame('text/two', $this->adapter->mimeType('both.txt')->mimeType());
        $adapter = new S3StorageAdapter($this->s3, 'below', options: ['ContentType' => 'text/default']);
        $adapter->write('both.txt', 'x', new Config(['mimetype' => 'text/call']));
        self::assertSame('text/call', $this->adapter->mimeType('both.txt')->mimeType());
        $this->write('params.txt', 'x', ['params' => ['ContentType' => 'text/three'], 'ContentType' => 'text/two']);
        self::assertSame('text/three', $this->adapter->mimeType('params.txt')->mimeType());
    }

    public function testTheExtensionTellsTheTypeAndWhereItTellsNoneTheContentDoes(): void
    {
        $png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0";
        $types = [
            ['photo.jpg', '<html><body>not a photo</body></html>', 'image/jpeg'],
            ['page.HTML', 'text', 'text/html'],
            ['archive.tar.gz', 'x', 'application/gzip'],
            ['opaque.bin', $png, 'application/octet-stream'],
            ['avatar', $png, 'image/png'],
            ['v1.2/avatar', $png, 'image/png'],
        ];
        foreach ($types as [$path, $content, $type]) {
            $this->write($path, $content);
            self::assertSame($type, $this->adapter->mimeType($path)->mimeType(), $path);
        }
        foreach (['notes', 'sum.md5'] as $path) {
            $this->write($path, 'text');
            self::assertUnable(UnableToRetrieveMetadata::class, null, fn () => $this->adapter->mimeType($path));
        }
        $stream = fopen('data:,' . rawurlencode('<html>'), 'r');
        $this->adapter->writeStream('streamed.jpg', $stream, new Config());
        self::assertSame('image/jpeg', $this->adapter->mimeType('streamed.jpg')->mimeType());
        $detector = new ExtensionFirst();
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        file_put_contents($file, $png);
        self::assertSame('image/png', $detector->detectMimeTypeFromFile($file));
        self::assertSame('image/png', $detector->detectMimeTypeFromBuffer($png));
        self::assertSame('text/css', $detector->detectMimeTypeFromPath('a.css'));
        unlink($file);
    }

    public function testFlysystemsDetectorLooksAtTheContentFirst(): void
    {
        $adapter = new S3StorageAdapter($this->s3, 'below', mimeTypeDetector: new FinfoMimeTypeDetector());
        $adapter->write('photo.jpg', '<html><body>not a photo</body></html>', new Config());
        self::assertSame('text/html', $adapter->mimeType('photo.jpg')->mimeType());
    }

    public function testDefaultsAreThoseOfTheAdapterAndYieldToACall(): void
    {
        $adapter = new S3StorageAdapter($this->s3, options: ['ContentType' => 'text/default', 'CacheControl' => null]);
        $adapter->write('a.txt', 'x', new Config());
        $adapter->write('b.txt', 'x', new Config(['ContentType' => 'text/given']));
        self::assertSame('text/default', $adapter->mimeType('a.txt')->mimeType());
        self::assertSame('text/given', $adapter->mimeType('b.txt')->mimeType());
    }

    public function testKeysOfOthersAndNullsCountAsAbsent(): void
    {
        $this->write('a.txt', 'x', ['lock' => true, 'public_url' => 'https://cdn', 'Expires' => null,
            'StorageClass' => null, 'visibility' => null, 'ContentType' => null]);
        self::assertSame('text/plain', $this->adapter->mimeType('a.txt')->mimeType());
    }

    public function testWhatCannotBeHonouredIsRefusedByNameAndNothingIsWritten(): void
    {
        $refused = [
            'ACL' => 'bucket-owner-full-control',
            'CacheControl' => ['max-age=60'],
            'ChecksumAlgorithm' => 'SHA256',
            'ContentLength' => 5,
            'CopySourceSSECustomerAlgorithm' => 'AES256',
            'CopySourceSSECustomerKey' => str_repeat('k', 32),
            'CopySourceSSECustomerKeyMD5' => 'x',
            'Expires' => '2030-01-01',
            'GrantFullControl' => 'id=1',
            'GrantRead' => 'id=1',
            'GrantReadACP' => 'id=1',
            'GrantWriteACP' => 'id=1',
            'Metadata' => 'owner',
            'RequestPayer' => 'requester',
            'SSECustomerAlgorithm' => 'AES256',
            'SSECustomerKeyMD5' => 'x',
            'WebsiteRedirectLocation' => '/b',
            'add_content_md5' => true,
            'before_upload' => static fn () => null,
            'concurrency' => 'many',
            'mup_threshold' => 1.5,
            'params' => 'x',
            'part_size' => '5 MiB',
            'visibility' => 'everybody',
        ];
        foreach ($refused as $name => $value) {
            $code = $name === 'visibility' ? 'INVALID_VISIBILITY' : 'INVALID_ARGUMENT';
            $write = fn () => $this->write('a.txt', 'x', [$name => $value]);
            $said = self::assertUnable(UnableToWriteFile::class, $code, $write)->getMessage();
            $word = str_starts_with($name, 'SSECustomer') ? 'SSECustomerKey is missing' : $name;
            self::assertStringContainsString($word, $said);
        }
        $write = fn () => $this->write('a.txt', 'x', ['params' => ['ObjectLockMode' => 'COMPLIANCE', 'ACL' => null]]);
        $said = self::assertUnable(UnableToWriteFile::class, 'INVALID_ARGUMENT', $write)->getMessage();
        self::assertStringContainsString('unknown option "ObjectLockMode" in params; known: ', $said);
        $this->write('fine.txt', 'x', ['add_content_md5' => false]);
        self::assertSame(['fine.txt'], $this->paths());
    }

    public function testAnAdapterWithUnknownOrUnusableDefaultsIsNotMade(): void
    {
        $refused = ['ContentTpye' => 'unknown option "ContentTpye"; known: ACL,', '@http' => '@http is not supported',
            'Expires' => 'give CacheControl', 'params' => 'unknown option "0" in params',
            0 => 'unknown option "0"; known'];
        $refusal = fn (array $options): string => self::assertFails(
            'INVALID_ARGUMENT',
            fn () => new S3StorageAdapter($this->s3, options: $options),
        )->getMessage();
        foreach ($refused as $name => $message) {
            self::assertStringContainsString($message, $refusal([$name => ['x']]));
        }
        self::assertStringContainsString('give CacheControl', $refusal(['params' => ['Expires' => '2030-01-01']]));
    }

    public function testAPromisedLengthIsCompared(): void
    {
        $stream = fn () => $this->adapter->writeStream(
            'a.txt',
            fopen('data:,four', 'r'),
            new Config(['ContentLength' => 5]),
        );
        $said = self::assertUnable(UnableToWriteFile::class, 'INVALID_ARGUMENT', $stream)->getMessage();
        self::assertStringContainsString('ContentLength is 5, and there were 4 bytes; these are written', $said);
        $this->adapter->writeStream('b.txt', fopen('data:,four', 'r'), new Config(['ContentLength' => 4]));
        self::assertSame('four', $this->adapter->read('b.txt'));
    }

    public function testPartsHaveTheirSizeAndSmallContentsAreOneRequest(): void
    {
        [$least, $bytes] = [5 * 1024 * 1024, random_bytes(6 * 1024 * 1024)];
        $file = tmpfile();
        fwrite($file, $bytes);
        $write = function (string $path, array $config) use ($bytes, $file): string {
            rewind($file);
            $this->adapter->writeStream("$path.stream", $file, new Config($config));
            $this->write($path, $bytes, $config);
            $etag = $this->adapter->checksum($path, new Config());
            self::assertSame($etag, $this->adapter->checksum("$path.stream", new Config()));
            return $etag;
        };
        self::assertStringEndsWith('-2', $write('parts', []));
        self::assertSame(md5($bytes), $write('threshold', ['mup_threshold' => 16 * 1024 * 1024]));
        self::assertSame(md5($bytes), $write('never', ['mup_threshold' => PHP_INT_MAX]));
        self::assertStringEndsWith('-2', $write('over', ['mup_threshold' => 1024, 'part_size' => $least]));
        self::assertSame(md5($bytes), $write('large', ['part_size' => 2 * $least, 'concurrency' => 1]));
        $small = fn () => $this->write('small', 'x', ['part_size' => 1024]);
        self::assertUnable(UnableToWriteFile::class, 'INVALID_ARGUMENT', $small);
    }

    public function testEncryptionIsAskedForAndACustomerKeyGoesWithEveryRead(): void
    {
        $server = Server::startTls();
        $s3 = new S3Storage($server->config());
        $key = random_bytes(32);
        $adapter = new S3StorageAdapter($s3, options: ['SSECustomerAlgorithm' => 'AES256', 'SSECustomerKey' => $key,
            'SSECustomerKeyMD5' => md5($key, true)]);
        $adapter->write('secret.txt', 'contents', new Config());
        self::assertSame('contents', $adapter->read('secret.txt'));
        self::assertSame('contents', stream_get_contents($adapter->readStream('secret.txt')));
        self::assertTrue($adapter->fileExists('secret.txt'));
        self::assertFalse($adapter->fileExists('none.txt'));
        self::assertSame(8, $adapter->fileSize('secret.txt')->fileSize());
        self::assertFails('S3_OPERATION_FAILED', static fn () => $s3->read('secret.txt'));
        ob_start();
        var_dump($adapter);
        self::assertStringNotContainsString($key, (string) ob_get_clean() . print_r($adapter, true));
        $adapter->copy('secret.txt', 'copy.txt', new Config());
        $adapter->move('copy.txt', 'moved.txt', new Config());
        self::assertSame('contents', $adapter->read('moved.txt'));
        self::assertFalse($adapter->fileExists('copy.txt'));
        self::assertFails('S3_OPERATION_FAILED', static fn () => $s3->read('moved.txt'));
        // S3 does not change the class of such an object afterwards.
        $adapter->move('moved.txt', 'classed.txt', new Config(['StorageClass' => 'REDUCED_REDUNDANCY']));
        self::assertSame('contents', $adapter->read('classed.txt'));
        $class = $adapter->fileSize('classed.txt')->extraMetadata()['StorageClass'];
        self::assertSame('REDUCED_REDUNDANCY', $class);
        $other = fn () => $adapter->write('b', 'x', new Config(['SSECustomerKeyMD5' => 'other']));
        self::assertUnable(UnableToWriteFile::class, 'INVALID_ARGUMENT', $other);
    }

    public function testACopyIsEncryptedAsItIsAskedForAndKeepsWhatStandsBeside(): void
    {
        $this->write('a.txt', 'contents', ['ContentType' => 'text/x-mine', 'CacheControl' => 'max-age=60',
            'ContentDisposition' => 'inline', 'ContentEncoding' => 'identity', 'Metadata' => ['owner' => 'me'],
            'Tagging' => 'a=b']);
        $this->adapter->move('a.txt', 'b.txt', new Config(['ServerSideEncryption' => 'AES256']));
        self::assertSame(['b.txt'], $this->paths());
        self::assertSame('contents', $this->adapter->read('b.txt'));
        $headers = RawHttp::get($this->s3->presignGet('below/b.txt')->url)->headers;
        self::assertSame('AES256', $headers['x-amz-server-side-encryption']);
        self::assertSame('text/x-mine', $headers['content-type']);
        self::assertSame('max-age=60', $headers['cache-control']);
        self::assertSame('inline', $headers['content-disposition']);
        self::assertSame('identity', $headers['content-encoding']);
        self::assertSame('me', $headers['x-amz-meta-owner']);
        self::assertSame(['a' => 'b'], $this->s3->getTags('below/b.txt'));
    }

    public function testAnEncryptedMoveKeepsASourceThatWasWrittenAgain(): void
    {
        $this->write('a.txt');
        $this->s3->listen(function (OperationEvent $event): void {
            if ($event->pathname === 'below/b.txt' && $this->s3->getMetadata('below/a.txt')->size === 8) {
                $this->s3->write('below/a.txt', 'somebody else');
            }
        });
        $config = new Config(['ServerSideEncryption' => 'AES256', 'retain_visibility' => false]);
        $move = fn () => $this->adapter->move('a.txt', 'b.txt', $config);
        self::assertUnable(UnableToMoveFile::class, 'PRECONDITION_FAILED', $move);
        self::assertSame('somebody else', $this->adapter->read('a.txt'));
    }

    public function testNoAclIsSentOrReadUnlessAVisibilityIsAskedFor(): void
    {
        $server = Server::start();
        $files = new Filesystem(new S3StorageAdapter(new S3Storage($server->config())));
        $files->write('a.txt', 'x');
        $files->createDirectory('dir');
        $files->copy('a.txt', 'b.txt', ['retain_visibility' => false]);
        $files->move('b.txt', 'c.txt', ['retain_visibility' => false]);
        $files->copy('a.txt', 'd.txt', ['visibility' => 'private']);
        self::assertSame([], $this->aclRequests($server));
        $files->copy('a.txt', 'e.txt');
        self::assertCount(1, $this->aclRequests($server));
    }

    public function testCopiesAndMovesKeepAVisibilityAndTakeTheOneThatIsGiven(): void
    {
        self::skipOnMinio('it has no object ACLs');
        $files = new Filesystem($this->adapter);
        $files->write('public.txt', 'x', ['visibility' => 'public']);
        $files->copy('public.txt', 'kept.txt');
        $files->copy('public.txt', 'not-kept.txt', ['retain_visibility' => false]);
        $files->copy('public.txt', 'given.txt', ['visibility' => 'private']);
        $files->move('kept.txt', 'moved.txt');
        $files->move('public.txt', 'hidden.txt', ['visibility' => 'private']);
        $found = [];
        foreach (['not-kept.txt', 'given.txt', 'moved.txt', 'hidden.txt'] as $path) {
            $found[$path] = $files->visibility($path);
        }
        self::assertSame(['not-kept.txt' => 'private', 'given.txt' => 'private', 'moved.txt' => 'public',
            'hidden.txt' => 'private'], $found);
    }

    public function testWhereThereAreNoAclsACopyHasNoneToKeep(): void
    {
        $server = Server::start();
        $config = $server->config(['provider' => 'r2'], ['visibility' => 'public']);
        $files = new Filesystem(new S3StorageAdapter(new S3Storage($config)));
        $files->write('a.txt', 'x');
        $files->copy('a.txt', 'b.txt');
        $files->move('b.txt', 'c.txt');
        self::assertSame('x', $files->read('c.txt'));
        self::assertSame('public', $files->visibility('c.txt'));
        self::assertSame([], $this->aclRequests($server));
    }

    public function testABucketWithAclsDisabledIsAskedOnce(): void
    {
        $acl = '<Owner><ID>o</ID></Owner><AccessControlList/>';
        $server = new FaultServer([
            FaultServer::answer(200, "<AccessControlPolicy>$acl</AccessControlPolicy>"),
            FaultServer::error(400, 'AccessControlListNotSupported'),
            FaultServer::answer(200, '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>'),
        ]);
        $aws = ['provider' => 'aws', 'endpoint' => $server->endpoint, 'max_attempts' => 1];
        $adapter = new S3StorageAdapter($this->storage($aws));
        $adapter->copy('a', 'b', new Config());
        $adapter->copy('a', 'c', new Config());
        self::assertSame(['GET', 'PUT', 'PUT', 'PUT'], self::methods($server));
        $sent = array_map(static fn (string $head) => (int) str_contains($head, 'x-amz-acl'), $server->heads());
        self::assertSame([0, 1, 0, 0], $sent);
    }

    public function testNothingThatIsWrittenNamesAnAclUnlessAVisibilityIsAskedFor(): void
    {
        $server = new FaultServer([FaultServer::answer(200, '', 'ETag: "e"')]);
        $adapter = new S3StorageAdapter($this->storage(['endpoint' => $server->endpoint]));
        $adapter->write('a', 'x', new Config());
        $adapter->writeStream('a', fopen('data:,x', 'r'), new Config());
        $adapter->createDirectory('a', new Config());
        $adapter->write('a', 'x', new Config(['visibility' => 'private']));
        $sent = array_map(static fn (string $head) => (int) str_contains($head, 'x-amz-acl'), $server->heads());
        self::assertSame([0, 0, 0, 1], $sent);
    }

    public function testDirectoriesHaveAVisibilityOfTheirOwnWhereOneIsAskedFor(): void
    {
        self::skipOnMinio('it has no object ACLs');
        $this->adapter->createDirectory('a', new Config(['directory_visibility' => 'public']));
        $both = ['directory_visibility' => 'public', 'visibility' => 'private'];
        $this->adapter->createDirectory('b', new Config($both));
        $public = new S3StorageAdapter($this->s3, 'below', new PortableVisibilityConverter('public'));
        $public->createDirectory('c', new Config());
        $this->adapter->createDirectory('d', new Config());
        // As flysystem-bundle has it, whose storages have all keys.
        $this->adapter->createDirectory('e', new Config(['directory_visibility' => 'public', 'visibility' => null]));
        $found = array_map(fn (string $path) => $this->s3->getVisibility("below/$path/"), ['a', 'b', 'c', 'd', 'e']);
        self::assertSame(['public', 'private', 'public', 'private', 'public'], $found);
        $refused = fn () => $this->adapter->createDirectory('f', new Config(['directory_visibility' => 'everybody']));
        self::assertUnable(UnableToCreateDirectory::class, 'INVALID_VISIBILITY', $refused);
    }

    public function testAnAclIsAVisibility(): void
    {
        self::skipOnMinio('it has no object ACLs');
        $this->write('a.txt', 'x', ['ACL' => 'public-read', 'visibility' => 'private']);
        self::assertSame('public', $this->adapter->visibility('a.txt')->visibility());
    }

    public function testAConverterDecidesWhatIsAskedOfTheStorage(): void
    {
        $converter = new class implements VisibilityConverter {
            public function toStorage(string $visibility): ?string
            {
                return null;
            }

            public function fromStorage(string $visibility): string
            {
                return "internally $visibility";
            }

            public function defaultForDirectories(): ?string
            {
                return null;
            }
        };
        $adapter = new S3StorageAdapter($this->s3, 'below', $converter);
        $adapter->write('a.txt', 'x', new Config(['visibility' => 'public']));
        $adapter->setVisibility('a.txt', 'public');
        self::assertSame('internally private', $adapter->visibility('a.txt')->visibility());
    }

    public function testADetectorOfOnesOwnIsAsked(): void
    {
        $adapter = new S3StorageAdapter($this->s3, mimeTypeDetector: new ExtensionMimeTypeDetector());
        $adapter->write('looks-like.svg', '%PDF-1.4', new Config());
        self::assertSame('image/svg+xml', $adapter->mimeType('looks-like.svg')->mimeType());
    }

    public function testAStorageClassGoesToCopiesAndWhatTheyCannotHaveIsRefused(): void
    {
        $this->write('a.txt');
        $this->adapter->copy('a.txt', 'b.txt', new Config(['CacheControl' => 'max-age=1', 'Tagging' => 'a=b']));
        $this->adapter->copy('a.txt', 'c.txt', new Config(['StorageClass' => 'REDUCED_REDUNDANCY']));
        self::assertSame('REDUCED_REDUNDANCY', $this->s3->getMetadata('below/c.txt')->storageClass);
        $refused = ['MetadataDirective' => 'REPLACE', 'CopySourceSSECustomerKey' => str_repeat('k', 32),
            'ACL' => 'authenticated-read', 'WebsiteRedirectLocation' => '/'];
        foreach ($refused as $name => $value) {
            $config = new Config([$name => $value]);
            $copy = fn () => $this->adapter->copy('a.txt', 'd.txt', $config);
            $move = fn () => $this->adapter->move('a.txt', 'd.txt', $config);
            $exception = self::assertUnable(UnableToCopyFile::class, 'INVALID_ARGUMENT', $copy);
            self::assertStringContainsString($name, $exception->getPrevious()->getMessage());
            self::assertUnable(UnableToMoveFile::class, 'INVALID_ARGUMENT', $move);
        }
        self::assertSame(['a.txt', 'b.txt', 'c.txt'], $this->paths());
    }

    public function testOptionsOfTemporaryUrlsAreHonouredOrRefused(): void
    {
        $url = fn (array $config) => $this->adapter->temporaryUrl(
            'a.txt',
            new DateTimeImmutable('+1 hour'),
            new Config($config),
        );
        $options = ['ResponseContentType' => 'text/x', 'ResponseContentDisposition' => 'inline', 'VersionId' => 'v1',
            'ResponseCacheControl' => 'no-cache', 'ResponseContentEncoding' => 'identity',
            'ResponseContentLanguage' => 'en', 'ResponseExpires' => new DateTimeImmutable('2027-01-01 UTC')];
        parse_str((string) parse_url($url(['get_object_options' => $options]), PHP_URL_QUERY), $query);
        self::assertSame('text/x', $query['response-content-type']);
        self::assertSame('inline', $query['response-content-disposition']);
        self::assertSame('v1', $query['versionId']);
        self::assertSame('no-cache', $query['response-cache-control']);
        self::assertSame('Fri, 01 Jan 2027 00:00:00 GMT', $query['response-expires']);
        $refused = [['get_object_options' => ['IfMatch' => 'x']],
            ['get_object_options' => ['ResponseExpires' => 'noon?']],
            ['get_object_options' => ['ResponseCacheControl' => ['no-cache']]],
            ['get_object_options' => 'ResponseContentType'],
            ['presigned_request_options' => ['start_time' => 'now']]];
        foreach ($refused as $config) {
            self::assertUnable(UnableToGenerateTemporaryUrl::class, 'INVALID_ARGUMENT', static fn () => $url($config));
        }
    }

    public function testTheDocumentSaysWhatHappens(): void
    {
        $config = ['buckets' => ['uploads' => $this->bucketSection()]] + $this->config();
        $result = Snippets::run('flysystem.md', $config);
        self::assertSame('', $result->errors);
        $lines = explode("\n", rtrim($result->output));
        self::assertSame('images/logo.svg 41', $lines[0]);
        self::assertStringContainsString('X-Amz-Signature=', $lines[1]);
        self::assertSame('FILE_NOT_FOUND', $lines[2]);
        self::assertContains('images/logo.svg 41', array_slice($lines, 3));
        self::assertSame('S3Storage\Exception\TimeoutException', end($lines));
        self::assertSame([], self::pathnames($this->s3->list()));
    }

    /** @return list<string> */
    private function aclRequests(Server $server): array
    {
        $isAcl = static fn (array $request) => preg_match('/[?&]acl\b/', $request['target']) === 1;
        return array_column(array_filter($server->requests(), $isAcl), 'target');
    }

    /** @return list<string> */
    private static function methods(FaultServer $server): array
    {
        return array_map(static fn (string $line) => (string) strtok($line, ' '), $server->requests());
    }
}
