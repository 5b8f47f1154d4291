<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\BatchFailedException;
use S3Storage\Exception\S3Exception;
use S3Storage\Future;

/** A call of every method that waits for a server. What each comes to is told as one word. */
final class WaitingCalls
{
    /** The methods that send nothing. */
    public const LOCAL = ['bucket', 'registerBucket', 'listBuckets', 'stats', 'getPublicUrl', 'presignGet',
        'presignPut', 'presignPost'];

    /** What does not fit into the buffers of sockets, so that sending it has to wait. */
    private const MUCH = 24 << 20;

    /**
     * @param string $folder with a file `file` of more than a part, and a directory `tree` of files
     * @return array<string, callable(S3Storage): mixed> by the name of the method, and a word on the variant
     */
    public static function all(string $folder): array
    {
        $walk = static fn (iterable $items): array => iterator_to_array($items, false);
        $much = static fn (): string => str_repeat('x', self::MUCH);
        $file = "$folder/file";
        return [
            'isHealthy' => static fn (S3Storage $s3) => $s3->isHealthy(),
            'write' => static fn (S3Storage $s3) => $s3->write('a', 'x'),
            'write in parts' => static fn (S3Storage $s3) => $s3->write('a', $much()),
            'write of much' => static fn (S3Storage $s3) => $s3->write('a', $much(), partSize: self::MUCH),
            'uploadFile' => static fn (S3Storage $s3) => $s3->uploadFile('a', $file),
            'uploadFile in one' => static fn (S3Storage $s3) => $s3->uploadFile('a', $file, partSize: self::MUCH),
            'uploadFile resumed' => static fn (S3Storage $s3) => $s3->uploadFile('a', $file, resume: true),
            'downloadFile' => static fn (S3Storage $s3) => $s3->downloadFile('a', "$folder/down"),
            'uploadDirectory' => static fn (S3Storage $s3) => $s3->uploadDirectory("$folder/tree"),
            'downloadDirectory' => static fn (S3Storage $s3) => $s3->downloadDirectory('a', "$folder/down.d"),
            'sync' => static fn (S3Storage $s3) => $s3->sync("$folder/tree", 'a'),
            'sync down' => static fn (S3Storage $s3) => $s3->sync("$folder/down.d", 'a', direction: 'down'),
            'listUploads' => static fn (S3Storage $s3) => $walk($s3->listUploads()),
            'abortUploads' => static fn (S3Storage $s3) => $s3->abortUploads(0),
            'read' => static fn (S3Storage $s3) => $s3->read('a'),
            'read of a range' => static fn (S3Storage $s3) => $s3->read('a', 5, 5),
            'readObject' => static fn (S3Storage $s3) => $s3->readObject('a'),
            'readStream' => static fn (S3Storage $s3) => stream_get_contents($s3->readStream('a')),
            'writeStream' => static fn (S3Storage $s3) => $s3->writeStream('a', self::memory('x')),
            'writeStream in parts' => static fn (S3Storage $s3) => $s3->writeStream('a', self::memory($much())),
            'openResponse' => static fn (S3Storage $s3) => stream_get_contents($s3->openResponse('a')->stream),
            'sendFile' => static fn (S3Storage $s3) => $s3->sendFile('a'),
            'exists' => static fn (S3Storage $s3) => $s3->exists('a'),
            'delete' => static fn (S3Storage $s3) => $s3->delete('a'),
            'readMany' => static fn (S3Storage $s3) => array_map(self::thrown(...), $walk($s3->readMany(['a', 'b']))),
            'writeMany' => static fn (S3Storage $s3) => $s3->writeMany(['a' => 'x', 'b' => 'y']),
            'existsMany' => static fn (S3Storage $s3) => $s3->existsMany(['a', 'b']),
            'getMetadataMany' => static fn (S3Storage $s3) => $s3->getMetadataMany(['a', 'b']),
            'copyMany' => static fn (S3Storage $s3) => $s3->copyMany(['a' => 'b', 'c' => 'd']),
            'deleteMany' => static fn (S3Storage $s3) => $s3->deleteMany(['a', 'b']),
            'deletePrefix' => static fn (S3Storage $s3) => $s3->deletePrefix('a'),
            'copy' => static fn (S3Storage $s3) => $s3->copy('a', 'b'),
            'copy to another server' => static fn (S3Storage $s3) => $s3->copy('a', 'b', 'other'),
            'move' => static fn (S3Storage $s3) => $s3->move('a', 'b'),
            'getMetadata' => static fn (S3Storage $s3) => $s3->getMetadata('a'),
            'updateMetadata' => static fn (S3Storage $s3) => $s3->updateMetadata('a', 'text/plain'),
            'getVisibility' => static fn (S3Storage $s3) => $s3->getVisibility('a'),
            'setVisibility' => static fn (S3Storage $s3) => $s3->setVisibility('a', 'public'),
            'getTags' => static fn (S3Storage $s3) => $s3->getTags('a'),
            'setTags' => static fn (S3Storage $s3) => $s3->setTags('a', ['b' => 'c']),
            'getObjectLock' => static fn (S3Storage $s3) => $s3->getObjectLock('a'),
            'setRetention' => static fn (S3Storage $s3) => $s3->setRetention('a', time() + 60),
            'setLegalHold' => static fn (S3Storage $s3) => $s3->setLegalHold('a', true),
            'list' => static fn (S3Storage $s3) => $walk($s3->list()),
            'listPage' => static fn (S3Storage $s3) => $s3->listPage(),
            'listVersions' => static fn (S3Storage $s3) => $walk($s3->listVersions()),
            'readAsync' => static fn (S3Storage $s3) => self::awaited($s3->readAsync('a')),
            'writeAsync' => static fn (S3Storage $s3) => self::awaited($s3->writeAsync('a', 'x')),
            'existsAsync' => static fn (S3Storage $s3) => self::awaited($s3->existsAsync('a')),
            'deleteAsync' => static fn (S3Storage $s3) => self::awaited($s3->deleteAsync('a')),
            'getMetadataAsync' => static fn (S3Storage $s3) => self::awaited($s3->getMetadataAsync('a')),
            'copyAsync' => static fn (S3Storage $s3) => self::awaited($s3->copyAsync('a', 'b')),
        ];
    }

    /** A wait that ends early leaves the operation alone; nobody wants to wait for that at the end of the process. */
    private static function awaited(Future $future): mixed
    {
        try {
            return $future->await();
        } finally {
            $future->cancel();
        }
    }

    /** What these calls need in a folder. */
    public static function prepare(string $folder): void
    {
        file_put_contents("$folder/file", str_repeat('x', self::MUCH));
        mkdir("$folder/tree");
        // No more than are under way at once.
        foreach (range(1, 5) as $i) {
            file_put_contents("$folder/tree/$i", 'x');
        }
    }

    /** The code of the error that a call ends in; `false` and other answers as JSON; a foreign exception by its message. */
    public static function outcome(callable $call, S3Storage $s3): string
    {
        try {
            return (string) json_encode($call($s3));
        } catch (S3Exception $e) {
            $failed = $e instanceof BatchFailedException ? $e->getResult()->failed : [];
            return $failed === [] ? $e->getErrorCode() : $failed[0]->exception->getErrorCode();
        } catch (\DomainException $e) {
            return $e->getMessage();
        }
    }

    private static function thrown(mixed $value): mixed
    {
        return $value instanceof S3Exception ? throw $value : $value;
    }

    /** @return resource */
    private static function memory(string $content)
    {
        $stream = fopen('php://memory', 'w+b') ?: throw new \RuntimeException('no memory');
        fwrite($stream, $content);
        rewind($stream);
        return $stream;
    }
}
