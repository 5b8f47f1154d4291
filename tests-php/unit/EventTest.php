<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;
use S3Storage;
use S3Storage\OperationEvent;

/** What listeners and dispatchers are told of operations. */
final class EventTest extends StorageTestCase
{
    /** @var list<OperationEvent> */
    private array $events = [];

    private \Closure $listener;

    protected function setUp(): void
    {
        parent::setUp();
        $this->listener = function (OperationEvent $event): void {
            $this->events[] = $event;
        };
    }

    /** @return list<string> */
    private function told(string ...$properties): array
    {
        $properties = $properties ?: ['name', 'pathname', 'outcome'];
        $told = fn (OperationEvent $event): string => implode(' ', array_map(
            static fn (string $property): string => var_export($event->$property, true),
            $properties,
        ));
        $events = array_map($told, $this->events);
        $this->events = [];
        return str_replace("'", '', $events);
    }

    public function testEachOperationIsOneEvent(): void
    {
        $this->s3->listen($this->listener);
        $this->s3->write('a', 'content');
        $this->s3->read('a');
        $this->s3->readObject('a', 3);
        $this->s3->exists('none');
        $this->s3->copy('a', 'b');
        $this->s3->move('b', 'c');
        $this->s3->getMetadata('a');
        self::pathnames($this->s3->list());
        $this->s3->listPage('a');
        $this->s3->delete('c');
        $this->s3->isHealthy();
        $this->s3->presignGet('a');
        $this->s3->getPublicUrl('a');
        self::assertSame([
            'write a done', 'read a done', 'read a done', 'exists none done', 'copy a done', 'move b done',
            'getMetadata a done', 'list NULL done', 'listPage a done', 'delete c done', 'isHealthy NULL done',
        ], $this->told());
    }

    public function testAnEventTellsBytesRequestsAndTheServersId(): void
    {
        $this->s3->write('a', 'content');
        $this->s3->listen($this->listener);
        $this->s3->read('a');
        $event = $this->events[0];
        self::assertSame('files', $event->bucket);
        self::assertSame([7, 0, 1, 1], [$event->bytesIn, $event->bytesOut, $event->requests, $event->attempts]);
        self::assertGreaterThan(0.0, $event->duration);
        self::assertLessThan(5.0, $event->duration);
        self::assertNull($event->errorCode);

        $id = 'x-amz-request-id: GOOD-7';
        $good = FaultServer::answer(200, '', $id, 'ETag: "x"');
        $faults = new FaultServer([FaultServer::error(503, 'SlowDown'), $good]);
        $slow = $this->storage(['endpoint' => $faults->endpoint]);
        $slow->listen($this->listener);
        $this->events = [];
        $slow->write('b', 'xyz');
        self::assertSame(['1 2 3 GOOD-7'], $this->told('requests', 'attempts', 'bytesOut', 'requestId'));
    }

    public function testAFailureTellsItsCode(): void
    {
        $this->s3->listen($this->listener);
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('none'));
        self::assertSame(['read none failed FILE_NOT_FOUND'], $this->told('name', 'pathname', 'outcome', 'errorCode'));
        self::assertFails('INVALID_PATHNAME', fn () => $this->s3->read('..'));
        self::assertSame([], $this->told());
    }

    public function testAnUploadInPartsAndAListingOfPagesAreOneEach(): void
    {
        $this->s3->listen($this->listener);
        $size = 12 << 20;
        $this->s3->write('large', str_repeat('x', $size));
        self::assertSame(["write 5 $size"], $this->told('name', 'requests', 'bytesOut'));
        $stream = fopen('php://temp', 'w+');
        fwrite($stream, str_repeat('y', $size));
        rewind($stream);
        $this->s3->writeStream('stream', $stream);
        self::assertSame(["writeStream stream done 5"], $this->told('name', 'pathname', 'outcome', 'requests'));
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage');
        $this->s3->downloadFile('large', $file);
        $this->s3->uploadFile('copy', $file);
        unlink($file);
        self::assertSame(["downloadFile $size 0", "uploadFile 0 $size"], $this->told('name', 'bytesIn', 'bytesOut'));
        self::assertSame(3, $this->s3->deletePrefix('', all: true));
        self::assertSame(['deletePrefix NULL done 2'], $this->told('name', 'pathname', 'outcome', 'requests'));
    }

    public function testStreamsAndListingsThatAreLeftAreAbandoned(): void
    {
        $this->s3->write('a', str_repeat('x', 1 << 20));
        $this->s3->write('b', '');
        $this->s3->listen($this->listener);
        $stream = $this->s3->readStream('a');
        self::assertSame([], $this->told());
        stream_get_contents($stream);
        self::assertSame(['readStream a done'], $this->told(), 'at the end, not at the close');
        fread($stream, 10);
        fclose($stream);
        self::assertSame([], $this->told());
        $stream = $this->s3->readStream('a');
        fread($stream, 10);
        fclose($stream);
        self::assertSame(['readStream a abandoned'], $this->told());
        self::assertSame(1, $this->s3->stats()['files']['abandoned']);
        foreach ($this->s3->list() as $object) {
            break;
        }
        self::assertSame(['list NULL done'], $this->told(), 'the only page was there');
        foreach ($this->s3->list(limit: 1) as $object) {
            self::assertSame('a', $object->pathname);
        }
        self::assertSame(['list NULL done'], $this->told());
    }

    public function testAListingThatIsLeftBeforeItsLastPageIsOneEvent(): void
    {
        $opened = function (): iterable {
            $s3 = S3Storage::fake();
            for ($i = 0; $i < 1_001; $i++) {
                $s3->write("$i", '');
            }
            $s3->listen($this->listener);
            return $s3->list();
        };
        // Nothing of the family is left but the listing.
        foreach ($opened() as $object) {
            break;
        }
        self::assertSame(['list NULL abandoned'], $this->told());
        $listing = $opened();
        foreach ($listing as $object) {
            break;
        }
        self::assertSame([], $this->told(), 'it may go on');
        self::assertCount(1_001, iterator_to_array($listing));
        self::assertSame(['list NULL done'], $this->told());
        unset($listing);
        self::assertSame([], $this->told());
        $opened();
        self::assertSame([], $this->told(), 'nothing was begun');
    }

    public function testAListenerThatThrowsWhenAListingIsLeftIsHeard(): void
    {
        $s3 = S3Storage::fake();
        for ($i = 0; $i < 1_001; $i++) {
            $s3->write("$i", '');
        }
        $s3->listen(static fn () => throw new RuntimeException('of the listener'));
        try {
            foreach ($s3->list() as $object) {
                break;
            }
            self::fail('Nothing was thrown.');
        } catch (RuntimeException $exception) {
            self::assertSame('of the listener', $exception->getMessage());
        }
    }

    public function testFuturesThatEndWhileAListenerIsToldAreToldToo(): void
    {
        $s3 = S3Storage::fake();
        $s3->write('a', 'x');
        $names = [];
        $s3->listen(function (OperationEvent $event) use (&$names): void {
            $names[] = "$event->name $event->pathname";
            if ($event->pathname === 'slow') {
                usleep(200_000);
            }
        });
        $s3->existsAsync('warm')->await();
        $names = [];
        $future = $s3->readAsync('a');
        $s3->exists('slow');
        $future->await();
        $s3->exists('last');
        sort($names);
        self::assertSame(['exists last', 'exists slow', 'read a'], $names);
    }

    public function testAListenerIsNotToldOfItsOwnFutures(): void
    {
        $s3 = S3Storage::fake();
        $names = $futures = [];
        $s3->listen(function (OperationEvent $event) use (&$names, &$futures, $s3): void {
            $names[] = "$event->name $event->pathname";
            if (count($names) < 10) {
                $futures[] = $s3->writeAsync('log', 'x');
            }
        });
        $s3->exists('a');
        S3Storage::await($futures);
        $s3->exists('b');
        S3Storage::await($futures);
        $s3->stats();
        self::assertSame(['exists a', 'exists b'], $names);
        self::assertSame('x', $s3->read('log'));
    }

    public function testWhatIsOpenIsToldOfWhenNoHandleIsLeft(): void
    {
        $this->s3->write('a', str_repeat('x', 1 << 20));
        $this->s3->write('b', '');
        $opened = function (string $method, mixed ...$arguments): mixed {
            $s3 = $this->storage();
            $s3->listen($this->listener);
            $s3->setLogger(new class {
                public function log(mixed $level, string $message): void
                {
                }
            });
            return $s3->bucket('files')->$method(...$arguments);
        };
        $stream = $opened('readStream', 'a');
        stream_get_contents($stream);
        self::assertSame(['readStream a done'], $this->told());
        unset($stream);
        $stream = $opened('readStream', 'a');
        fread($stream, 10);
        fclose($stream);
        self::assertSame(['readStream a abandoned'], $this->told(), 'also by the close');
        $answer = $opened('openResponse', 'a')->stream;
        stream_get_contents($answer);
        self::assertSame(['openResponse a done'], $this->told());
        self::assertSame(['a', 'b'], self::pathnames($opened('list')));
        self::assertSame(['list NULL done'], $this->told());
        self::assertCount(2, iterator_to_array($opened('readMany', ['a', 'b'])));
        self::assertCount(2, $this->told());
    }

    /** A cycle of a listener and what it holds is found by the collector, as long as no stream is in it. */
    public function testAListingThatItsListenerHoldsIsFreed(): void
    {
        $s3 = $this->storage();
        $holder = new \stdClass();
        $holder->listing = $s3->list();
        $holder->contents = $s3->readMany(['a']);
        $s3->listen(static fn () => $holder);
        $freed = \WeakReference::create($holder);
        unset($s3, $holder);
        gc_collect_cycles();
        self::assertNull($freed->get());
    }

    public function testATransferThatItsProgressCallbackEndsHasFailed(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage');
        // So much that each way of it takes longer than the time between two calls of the callback.
        $handle = fopen($file, 'r+') ?: self::fail('no file');
        ftruncate($handle, 128 << 20);
        fclose($handle);
        $s3->uploadFile('a', $file);
        $s3->listen($this->listener);
        $no = static fn (): bool => false;
        $ended = function (string $name, callable $call): void {
            self::assertFails('CANCELLED', $call);
            self::assertSame(["$name failed CANCELLED"], $this->told('name', 'outcome', 'errorCode'));
        };
        $ended('uploadFile', static fn () => $s3->uploadFile('b', $file, concurrency: 1, progress: $no));
        $ended('downloadFile', static fn () => $s3->downloadFile('a', "$file-2", concurrency: 1, progress: $no));
        $ended('writeStream', static fn () => $s3->writeStream('b', fopen($file, 'r'), progress: $no));
        $stream = $s3->readStream('a', progress: $no);
        fread($stream, 1000);
        $ended('readStream', static fn () => fread($stream, 1000));
        fclose($stream);
        self::assertSame([], $this->told(), 'once');
        unlink($file);
        $server->stop();
    }

    public function testOfManyObjectsEachIsAnEvent(): void
    {
        $this->s3->listen($this->listener);
        $this->s3->writeMany(['a' => '1', 'b' => '22']);
        $told = $this->told();
        sort($told);
        self::assertSame(['write a done', 'write b done'], $told);
        foreach ($this->s3->readMany(['a', 'b', 'none']) as $content) {
            continue;
        }
        $told = $this->told();
        sort($told);
        self::assertSame(['read a done', 'read b done', 'read none failed'], $told);
        $this->s3->deleteMany(['a', 'b', 'c']);
        self::assertSame(['deleteMany NULL done'], $this->told());
    }

    public function testAListenerBelongsToTheFamily(): void
    {
        $this->s3->registerBucket('other', 'main', Environment::bucket(), $this->prefix);
        $other = $this->s3->bucket('other');
        $other->listen($this->listener);
        $other->bucket('files')->exists('a');
        $this->s3->exists('b');
        $other->exists('c');
        $this->storage()->exists('d');
        self::assertSame(['files a', 'files b', 'other c'], $this->told('bucket', 'pathname'));
        $this->s3->unlisten($this->listener);
        $this->s3->unlisten($this->listener);
        $other->exists('c');
        self::assertSame([], $this->told());
    }

    public function testAListenerMayUseTheStorageAndIsNotToldOfThat(): void
    {
        $this->s3->listen($this->listener);
        $this->s3->listen(function (OperationEvent $event): void {
            $this->s3->write("log/$event->pathname", (string) $event->duration);
        });
        $this->s3->write('a', 'x');
        self::assertSame(['write a done'], $this->told());
        self::assertTrue($this->s3->exists('log/a'));
    }

    public function testAListenerMayForgetItself(): void
    {
        $times = 0;
        $once = function () use (&$times, &$once): void {
            $times++;
            $this->s3->unlisten($once);
        };
        $this->s3->listen($once);
        $this->s3->exists('a');
        $this->s3->exists('a');
        self::assertSame(1, $times);
    }

    public function testAnExceptionOfAListenerComesOutAfterTheWork(): void
    {
        $this->s3->listen(static fn () => throw new RuntimeException('first'));
        $this->s3->listen($this->listener);
        $this->s3->listen(static fn () => throw new RuntimeException('second'));
        try {
            $this->s3->write('a', 'content');
            self::fail('nothing was thrown');
        } catch (RuntimeException $exception) {
            self::assertSame('second', $exception->getMessage());
            self::assertSame('first', $exception->getPrevious()?->getMessage());
        }
        self::assertSame(['write a done'], $this->told(), 'the others are told');
        try {
            $this->s3->read('none');
            self::fail('nothing was thrown');
        } catch (RuntimeException $exception) {
            $own = $exception->getPrevious()?->getPrevious();
            self::assertInstanceOf(S3Storage\Exception\FileNotFoundException::class, $own);
        }
        self::assertSame('content', $this->storage()->read('a'));
    }

    public function testADispatcherIsToldToo(): void
    {
        $dispatcher = new class {
            /** @var list<object> */
            public array $events = [];

            public function dispatch(object $event): object
            {
                $this->events[] = $event;
                return $event;
            }
        };
        $this->s3->setEventDispatcher($dispatcher);
        $this->s3->exists('a');
        $this->s3->setEventDispatcher(null);
        $this->s3->exists('b');
        self::assertCount(1, $dispatcher->events);
        self::assertInstanceOf(OperationEvent::class, $dispatcher->events[0]);
        $this->expectException(\TypeError::class);
        $this->expectExceptionMessage(
            'must be a PSR-14 event dispatcher or another object with a public method dispatch(), stdClass has none',
        );
        $this->s3->setEventDispatcher(new \stdClass());
    }
}
