<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use Psr\Log\AbstractLogger;
use S3Storage\OperationEvent;
use S3Storage\Storage;
use S3Storage\Symfony\OperationRecorder;
use S3Storage\Tests\SymfonyApplication;
use S3Storage\Tests\SymfonyLoggerChannels;
use S3Storage\Tests\SymfonyRegistry;
use S3Storage\Tests\SymfonyTestCase;
use Stringable;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;

/** What the bundle tells: logger, events, profiler; and what a reset leaves. */
final class InsightTest extends SymfonyTestCase
{
    public function testALoggerIsTold(): void
    {
        $logger = self::logger();
        $s3 = $this->logging('logger', $logger)->service(Storage::class);
        self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('none'));
        self::assertSame([], $logger->lines, 'less than a warning');
        ini_set('s3storage.log_level', 'info');
        self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('none'));
        self::assertMatchesRegularExpression('/^info read/', $logger->lines[0]);
        $silent = $this->logging('logger', $logger, ['logger' => false])->service(Storage::class);
        self::assertFails('FILE_NOT_FOUND', static fn () => $silent->read('none'));
        self::assertCount(1, $logger->lines);
        $named = $this->logging('my.logger', $other = self::logger(), ['logger' => 'my.logger']);
        self::assertFails('FILE_NOT_FOUND', static fn () => $named->service(Storage::class)->read('none'));
        self::assertCount(1, $other->lines);
        ini_restore('s3storage.log_level');
    }

    public function testTheLoggerIsThatOfTheChannel(): void
    {
        $channel = self::logger();
        $application = $this->logging('monolog.logger.s3storage', $channel, pass: new SymfonyLoggerChannels());
        ini_set('s3storage.log_level', 'debug');
        $application->service(Storage::class)->write('a.txt', 'x');
        ini_restore('s3storage.log_level');
        self::assertCount(1, $channel->lines);
    }

    public function testTheEventDispatcherIsTold(): void
    {
        $application = $this->application(['events' => true] + self::files());
        $heard = [];
        $application->boot();
        $application->getContainer()->get('event_dispatcher')->addListener(
            OperationEvent::class,
            static function (OperationEvent $event) use (&$heard): void {
                $heard[] = "$event->name $event->pathname";
            },
        );
        $application->service(Storage::class)->write('a.txt', 'x');
        self::assertSame(['write a.txt'], $heard);
    }

    public function testThePanelTellsCallsTimesAndBytes(): void
    {
        $application = $this->application(self::files(), debug: true);
        $application->controller = function () use ($application): Response {
            $s3 = $application->service(Storage::class);
            $s3->write("<b>\x01.txt", str_repeat('x', 1000));
            self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('none.txt'));
            // What is streamed after the response counts, too.
            return new StreamedResponse(static function () use ($s3): void {
                echo stream_get_contents($s3->readStream("<b>\x01.txt"));
            });
        };
        $response = self::request($application, '/run', send: true);
        $collector = self::profile($application, $response)->getCollector('s3storage');
        $totals = $collector->getTotals();
        self::assertSame([3, 1, 3, 1000, 1000], [$totals['operations'], $totals['failed'], $totals['requests'],
            $totals['bytesIn'], $totals['bytesOut']]);
        self::assertGreaterThan(0.0, $totals['seconds']);
        $panel = self::panel($application, $response);
        self::assertStringContainsString('FILE_NOT_FOUND', $panel);
        self::assertStringContainsString('&lt;b&gt;', $panel);
        self::assertStringContainsString('default / files', $panel);
        self::assertStringContainsString('readStream', $panel);
        // The next request begins at nothing.
        $application->controller = static fn () => new Response('nothing');
        $second = self::profile($application, self::request($application, '/run'))->getCollector('s3storage');
        self::assertSame(0, $second->getTotals()['operations']);
        $response = self::request($application, '/run');
        self::assertStringContainsString('Nothing was asked', self::panel($application, $response));
    }

    public function testNothingIsRecordedWithoutAProfiler(): void
    {
        $off = $this->application(['profiler' => false] + self::files(), debug: true);
        $off->controller = static fn () => new Response($off->service(Storage::class)->exists('a') ? 'yes' : 'no');
        $profile = self::profile($off, self::request($off, '/run'));
        self::assertFalse($profile->hasCollector('s3storage'));
        foreach ([$off, $this->application(['profiler' => true] + self::files())] as $application) {
            $application->boot();
            self::assertFalse($application->getContainer()->get('test.service_container')->has('s3storage.recorder'));
        }
    }

    public function testTheRecordIsBounded(): void
    {
        $recorder = new OperationRecorder();
        for ($i = 0; $i < OperationRecorder::KEPT + 10; $i++) {
            $recorder->record('default', new OperationEvent('read', 'files', "$i"));
        }
        self::assertCount(OperationRecorder::KEPT, $recorder->recorded()['operations']);
        self::assertSame(OperationRecorder::KEPT + 10, $recorder->recorded()['totals']['operations']);
    }

    public function testAResetKeepsTheHandleAndForgetsTheRecord(): void
    {
        $application = $this->application(self::files(), debug: true);
        $s3 = $application->service(Storage::class);
        $s3->write('a.txt', 'x');
        $recorder = $application->service('s3storage.recorder');
        self::assertSame(1, $recorder->recorded()['totals']['operations']);
        $application->getContainer()->get('services_resetter')->reset();
        self::assertSame(0, $recorder->recorded()['totals']['operations']);
        self::assertSame($s3, $application->service(Storage::class));
        self::assertSame('x', $s3->read('a.txt'));
        self::assertSame(1, $recorder->recorded()['totals']['operations']);
    }

    /**
     * An application with this logger as a service.
     *
     * @param array<string, mixed> $more of the bundle's section
     */
    private function logging(
        string $id,
        AbstractLogger $logger,
        array $more = [],
        ?SymfonyLoggerChannels $pass = null,
    ): SymfonyApplication {
        SymfonyRegistry::$object = $logger;
        return $this->application($more + self::files(), services: static function ($services) use ($id): void {
            $services->set($id, AbstractLogger::class)->factory([SymfonyRegistry::class, 'get']);
        }, pass: $pass);
    }

    private static function logger(): AbstractLogger
    {
        return new class extends AbstractLogger {
            /** @var list<string> */
            public array $lines = [];

            public function log($level, string|Stringable $message, array $context = []): void
            {
                isset($context['operation']) && $this->lines[] = "$level $message";
            }
        };
    }
}
