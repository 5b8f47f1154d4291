<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use Error;
use Fiber;
use LogicException;
use S3Storage;
use S3Storage\Exception\S3Exception;
use stdClass;
use Throwable;

/** Every method once, its errors, streams and iterators; for what watches the memory meanwhile. */
final class EveryMethod
{
    private const NONE = 'none';

    private readonly CalledMethods $s3;

    public function __construct(
        private readonly S3Storage $handle,
        private readonly S3Storage $nowhere,
        private readonly int $round,
        private readonly string $folder,
    ) {
        $this->s3 = new CalledMethods($handle);
    }

    public function run(): void
    {
        $this->objects();
        $this->errors();
        $this->streamsAndFiles();
        $this->directories();
        $this->listings();
        $this->manyAtOnce();
        $this->urls();
        $this->registryVersionsLocks();
        $this->futures();
        $this->streamWrapper();
        $this->leftInTheMiddle();
        $this->s3->delete('a.txt');
        $this->s3->deletePrefix('tree');
        foreach ($this->s3->list() as $object) {
            $this->s3->delete($object->pathname);
        }
    }

    private function objects(): void
    {
        $described = ['visibility' => 'public', 'cacheControl' => 'no-cache', 'metadata' => ['k' => 'v']];
        $this->s3->write('a.txt', 'content', ...$described, options: ['tags' => ['t' => '1']]);
        $this->s3->read('a.txt');
        $this->s3->read('a.txt', 2, 3);
        $this->s3->readObject('a.txt')->info->metadata;
        $this->s3->exists('a.txt');
        $this->s3->exists(self::NONE);
        $info = $this->s3->getMetadata('a.txt', visibility: true);
        var_export(unserialize(serialize($info)) == clone $info, true);
        $this->s3->updateMetadata('a.txt', contentType: 'text/css');
        $this->s3->getVisibility('a.txt');
        $this->s3->setVisibility('a.txt', 'private');
        $this->s3->setTags('a.txt', ['x' => 'y']);
        $this->s3->getTags('a.txt');
        $this->s3->copy('a.txt', 'b.txt');
        $this->s3->move('b.txt', 'c.txt');
        $this->s3->write('large', str_repeat('x', (5 << 20) + 1));
        strlen($this->s3->read('large'));
    }

    /** Of the server, of the network, of arguments. */
    private function errors(): void
    {
        $info = $this->s3->getMetadata('a.txt');
        self::fails(fn () => $this->s3->read(self::NONE));
        self::fails(fn () => $this->s3->readStream(self::NONE));
        self::fails(fn () => $this->s3->copy(self::NONE, 'd'));
        self::fails(fn () => $this->s3->write('a.txt', 'x', ifNoneMatch: '*'));
        self::fails(fn () => $this->s3->read('a.txt', ifNoneMatch: $info->etag));
        self::fails(fn () => $this->s3->read('../up'));
        self::fails(fn () => $this->s3->write('a.txt', 'x', options: ['unknown' => 1]));
        self::fails(fn () => $this->s3->write([], 'x'));
        self::fails(fn () => $this->s3->bucket(self::NONE));
        self::fails(fn () => $this->nowhere->read('a'));
        self::fails(static fn () => new S3Storage(['servers' => ['s' => ['region' => 5]], 'buckets' => []]));
        self::fails(static fn () => new S3Storage('/nonexistent.yaml'));
        self::fails(fn () => clone $this->handle);
        self::fails(fn () => serialize($this->handle));
    }

    private function streamsAndFiles(): void
    {
        $stream = $this->s3->readStream('large', progress: static fn () => null);
        fseek($stream, 100);
        fread($stream, 1000);
        fstat($stream);
        stream_get_meta_data($stream);
        fclose($stream);
        $left = $this->s3->readStream('a.txt');
        $this->s3->writeStream('s', self::stream('abc'), progress: static fn () => null);
        $this->s3->writeStream('t', $this->s3->readStream('s'));
        $source = self::stream(str_repeat('x', 6 << 20));
        self::fails(fn () => $this->s3->writeStream('u', $source, progress: static fn () => false));
        self::fails(fn () => $this->s3->readStream('a.txt', progress: 'no function'));
        $this->s3->uploadFile('file', __FILE__, progress: static fn () => null);
        $this->s3->downloadFile('file', "$this->folder/file", progress: static fn () => null);
        self::fails(fn () => $this->s3->downloadFile('file', '/nonexistent/folder/file'));
        $response = $this->s3->openResponse('a.txt', range: 'bytes=1-3');
        stream_get_contents($response->stream);
        // An answer is sent once.
        $send = fn () => $this->s3->sendFile('a.txt');
        $this->round === 0 ? $send() : self::fails($send);
    }

    private function directories(): void
    {
        mkdir("$this->folder/tree/below", recursive: true);
        file_put_contents("$this->folder/tree/one", '1');
        file_put_contents("$this->folder/tree/below/two", '2');
        $told = static fn () => null;
        $this->s3->uploadDirectory("$this->folder/tree", 'tree', filter: static fn () => true, progress: $told);
        $this->s3->downloadDirectory('tree', "$this->folder/copy");
        $this->s3->sync("$this->folder/tree", 'tree', delete: true);
        $no = static fn () => throw new Error('no');
        self::fails(fn () => $this->s3->uploadDirectory("$this->folder/tree", 'tree', filter: $no));
    }

    /** Whole, begun and failed. */
    private function listings(): void
    {
        foreach ($this->s3->list() as $object) {
            $object->pathname;
        }
        foreach ($this->s3->list('', recursive: false) as $object) {
            break;
        }
        self::fails(fn () => iterator_to_array($this->nowhere->list()));
        $page = $this->s3->listPage(limit: 1);
        $this->s3->listPage(continuationToken: $page->nextToken);
        iterator_to_array($this->s3->listUploads(), false);
        $this->s3->abortUploads(3600);
    }

    private function manyAtOnce(): void
    {
        $this->s3->writeMany(['m1' => 'one', 'm2' => 'two', '../bad' => 'x'], throw: false);
        iterator_to_array($this->s3->readMany(['m1', 'm2', self::NONE]));
        foreach ($this->s3->readMany(['m1', 'm2']) as $content) {
            break;
        }
        $this->s3->existsMany(['m1', self::NONE]);
        $this->s3->getMetadataMany(['m1', self::NONE], throw: false);
        $this->s3->copyMany(['m1' => 'm3']);
        self::fails(fn () => $this->s3->getMetadataMany(['m1', self::NONE]));
        self::fails(fn () => $this->s3->deleteMany((static function () {
            yield 'm1';
            throw new Error('in the generator');
        })()));
        $this->s3->deleteMany(['m1', 'm2', 'm3']);
    }

    private function urls(): void
    {
        $this->s3->getPublicUrl('a.txt');
        $this->s3->getPublicUrl('a.txt', 60);
        $this->s3->presignGet('a.txt', contentDisposition: 'attachment')->headers;
        $this->s3->presignPut('a.txt', new DateTimeImmutable('+1 hour'), contentType: 'text/css');
        $this->s3->presignPost('a.txt', maxSize: 100)->fields;
        self::fails(fn () => $this->s3->presignGet('a.txt', 8 * 86400));
    }

    private function registryVersionsLocks(): void
    {
        $this->s3->registerBucket('versions', 'main', (string) Environment::versionedBucket(), 'memcheck');
        $this->s3->registerBucket('locked', 'main', (string) Environment::lockedBucket(), 'memcheck');
        $this->s3->listBuckets();
        $this->s3->isHealthy();
        $this->s3->stats();
        $versions = $this->s3->bucket('versions');
        $version = $versions->write('v', '1')->versionId;
        $versions->write('v', '2');
        $versions->read('v', options: ['versionId' => $version]);
        foreach ($this->s3->bucket('versions')->listVersions() as $each) {
            $versions->delete($each->pathname, options: ['versionId' => $each->versionId]);
        }
        $this->s3->listVersions();
        $locked = new CalledMethods($this->s3->bucket('locked'));
        $until = time() + 60;
        $locked->write('l', 'x');
        $locked->setRetention('l', $until);
        $locked->setLegalHold('l', true);
        $locked->getObjectLock('l');
        $locked->setLegalHold('l', false);
    }

    /** Awaited one by one and together, failed, cancelled, and let go of. */
    private function futures(): void
    {
        $this->s3->writeAsync('f', 'content')->await();
        $this->s3->copyAsync('f', 'g')->await();
        $reading = ['g' => $this->s3->readAsync('g'), $this->s3->existsAsync('g'), $this->s3->getMetadataAsync('g')];
        S3Storage::await($reading);
        self::fails(fn () => $this->s3->readAsync(self::NONE)->await());
        $cancelled = $this->s3->readAsync('large');
        $cancelled->cancel();
        self::fails($cancelled->await(...));
        $this->s3->readAsync('large');
        $this->s3->deleteAsync('g')->await();
    }

    private function streamWrapper(): void
    {
        if ($this->round === 0) {
            S3Storage::registerStreamWrapper($this->handle, 'memcheck');
        }
        file_put_contents('memcheck://files/w/a', 'content');
        file_get_contents('memcheck://files/w/a', false, stream_context_create(['memcheck' => []]), 1, 2);
        copy('memcheck://files/w/a', 'memcheck://files/w/b');
        rename('memcheck://files/w/b', 'memcheck://files/w/c');
        $file = fopen('memcheck://files/w/a', 'r');
        fseek($file, 3);
        fread($file, 2);
        fclose($file);
        [is_file('memcheck://files/w/a'), is_dir('memcheck://files/w'), scandir('memcheck://files/w')];
        $directory = opendir('memcheck://files/w');
        readdir($directory);
        closedir($directory);
        mkdir('memcheck://files/made');
        rmdir('memcheck://files/made');
        self::fails(static fn () => @fopen('memcheck://files/' . self::NONE, 'r') ?: throw S3Storage::getStreamError());
        self::fails(static fn () => @fopen('memcheck://files/w/a', 'a') ?: throw S3Storage::getStreamError());
        self::fails(static fn () => @fopen('memcheck://none/a', 'r') ?: throw S3Storage::getStreamError());
        array_map('unlink', ['memcheck://files/w/a', 'memcheck://files/w/c']);
    }

    /** A fiber within a listing, and a cycle through a callback. */
    private function leftInTheMiddle(): void
    {
        $fiber = new Fiber(function (): void {
            foreach ($this->s3->list() as $object) {
                Fiber::suspend($object);
            }
        });
        $fiber->start();
        $cycle = new stdClass();
        $cycle->stream = $this->s3->readStream('a.txt', progress: static fn () => $cycle);
        unset($cycle, $fiber);
        gc_collect_cycles();
    }

    /** @return resource */
    private static function stream(string $content)
    {
        $stream = fopen('php://memory', 'w+b');
        fwrite($stream, $content);
        rewind($stream);
        return $stream;
    }

    private static function fails(callable $call): void
    {
        try {
            $call();
        } catch (Throwable $e) {
            [(string) $e, $e instanceof S3Exception ? [$e->getDetails(), $e->getAttempts(), $e->getRequestId()] : null];
            return;
        }
        throw new LogicException('nothing was thrown');
    }
}
