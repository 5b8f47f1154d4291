<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use League\Flysystem\Config;
use League\Flysystem\Filesystem;
use League\Flysystem\UnableToCheckDirectoryExistence;
use League\Flysystem\UnableToCheckFileExistence;
use League\Flysystem\UnableToCopyFile;
use League\Flysystem\UnableToCreateDirectory;
use League\Flysystem\UnableToDeleteDirectory;
use League\Flysystem\UnableToDeleteFile;
use League\Flysystem\UnableToGeneratePublicUrl;
use League\Flysystem\UnableToGenerateTemporaryUrl;
use League\Flysystem\UnableToListContents;
use League\Flysystem\UnableToMoveFile;
use League\Flysystem\UnableToWriteFile;
use S3Storage;
use S3Storage\Flysystem\S3StorageAdapter;

/** The adapter for Flysystem and a server: URLs that lead there, requests, and none that answers. */
final class FlysystemServerTest extends FlysystemTestCase
{
    public function testPublicUrlsLeadToPublicFiles(): void
    {
        self::skipOnMinio('it has no object ACLs');
        $this->write('some path.txt', 'public contents', ['visibility' => 'public']);
        $url = $this->adapter->publicUrl('some path.txt', new Config());
        self::assertSame('public contents', file_get_contents($url));
    }

    public function testTemporaryUrlsLeadToPrivateFilesForAWhile(): void
    {
        $this->write('a.txt', 'private contents');
        $url = $this->adapter->temporaryUrl('a.txt', new DateTimeImmutable('+1 minute'), new Config());
        self::assertSame('private contents', file_get_contents($url));
        parse_str((string) parse_url($url, PHP_URL_QUERY), $query);
        self::assertEqualsWithDelta(60, (int) $query['X-Amz-Expires'], 1);
        $signed = $this->adapter->temporaryUrl('a.txt', new DateTimeImmutable('+1 minute'), new Config([
            'get_object_options' => ['ResponseContentDisposition' => 'attachment', 'ResponseExpires' => '2027-01-01'],
        ]));
        file_get_contents($signed);
        self::assertContains('Content-Disposition: attachment', array_map(
            static fn (string $header) => preg_replace('/^content-d/i', 'Content-D', $header),
            $http_response_header,
        ));
    }

    public function testEveryMethodFailsAsFlysystemWantsItWhereTheServerIsNotThere(): void
    {
        $s3 = $this->storage(['endpoint' => SilentServer::closedPort(), 'max_attempts' => 1]);
        $adapter = new S3StorageAdapter($s3);
        $config = new Config();
        $calls = [
            UnableToCheckFileExistence::class => fn () => $adapter->fileExists('a'),
            UnableToCheckDirectoryExistence::class => fn () => $adapter->directoryExists('a'),
            UnableToWriteFile::class => fn () => $adapter->write('a', 'x', $config),
            UnableToDeleteFile::class => fn () => $adapter->delete('a'),
            UnableToDeleteDirectory::class => fn () => $adapter->deleteDirectory('a'),
            UnableToCreateDirectory::class => fn () => $adapter->createDirectory('a', $config),
            UnableToListContents::class => fn () => (new Filesystem($adapter))->listContents('')->toArray(),
            UnableToMoveFile::class => fn () => $adapter->move('a', 'b', $config),
            UnableToCopyFile::class => fn () => $adapter->copy('a', 'b', $config),
        ];
        foreach ($calls as $class => $call) {
            self::assertUnable($class, 'CONNECTION_FAILED', $call);
        }
        $stream = fn () => $adapter->writeStream('a', fopen('data:,x', 'r'), $config);
        self::assertUnable(UnableToWriteFile::class, 'CONNECTION_FAILED', $stream);
        $url = fn () => $adapter->publicUrl('..', $config);
        self::assertUnable(UnableToGeneratePublicUrl::class, 'INVALID_PATHNAME', $url);
        $url = fn () => $adapter->temporaryUrl('a', new DateTimeImmutable('+1 year'), $config);
        self::assertUnable(UnableToGenerateTemporaryUrl::class, 'INVALID_ARGUMENT', $url);
    }

    public function testEachCallSendsAsFewRequestsAsTheDocumentSays(): void
    {
        $server = Server::start();
        $adapter = new S3StorageAdapter(new S3Storage($server->config()));
        $adapter->write('dir/a.txt', 'x', new Config());
        $calls = [
            'HEAD' => [fn () => $adapter->fileExists('dir/a.txt'), fn () => $adapter->fileSize('dir/a.txt'),
                fn () => $adapter->mimeType('dir/a.txt'), fn () => $adapter->checksum('dir/a.txt', new Config())],
            'GET' => [fn () => $adapter->directoryExists('dir'), fn () => $adapter->read('dir/a.txt'),
                fn () => $adapter->visibility('dir/a.txt'),
                fn () => iterator_to_array($adapter->listContents('', true))],
            'PUT' => [fn () => $adapter->write('b.txt', 'x', new Config()),
                fn () => $adapter->createDirectory('made', new Config())],
            'DELETE' => [fn () => $adapter->delete('b.txt')],
        ];
        foreach ($calls as $method => $ofMethod) {
            foreach ($ofMethod as $call) {
                $server->forgetRequests();
                $call();
                self::assertSame([$method], array_column($server->requests(), 'method'));
            }
        }
        $server->forgetRequests();
        $adapter->directoryExists('dir');
        self::assertStringContainsString('max-keys=1&', $server->requests()[0]['target'] . '&');
    }
}
