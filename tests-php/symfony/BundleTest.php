<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use Closure;
use League\Flysystem\FilesystemOperator;
use Psr\Log\AbstractLogger;
use Psr\Log\NullLogger;
use S3Storage;
use S3Storage\Exception\InvalidConfigException;
use S3Storage\Exception\S3Exception;
use S3Storage\OperationEvent;
use S3Storage\Storage;
use S3Storage\Symfony\OperationRecorder;
use S3Storage\Tests\Environment;
use S3Storage\Tests\StorageTestCase;
use S3Storage\Tests\SymfonyApplication;
use S3Storage\Tests\SymfonyConsumer;
use S3Storage\Tests\SymfonyLoggerChannels;
use S3Storage\Tests\SymfonyRegistry;
use Stringable;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;

/** The bundle in booted kernels. */
final class BundleTest extends StorageTestCase
{
    /** @var list<SymfonyApplication> */
    private array $applications = [];

    private const VARIABLES = ['APP_ENDPOINT', 'APP_KEY', 'APP_SECRET_KEY', 'APP_BUCKET', 'APP_PREFIX'];

    protected function setUp(): void
    {
        parent::setUp();
        $values = [Environment::endpoint(), Environment::accessKey(), Environment::secretKey(), Environment::bucket(),
            $this->prefix];
        $_ENV = array_combine(self::VARIABLES, $values) + $_ENV;
    }

    protected function tearDown(): void
    {
        array_map(static fn (SymfonyApplication $application) => $application->end(), $this->applications);
        $_ENV = array_diff_key($_ENV, array_flip(self::VARIABLES));
        parent::tearDown();
    }

    public function testStoragesAreAutowiredByTypeNameAndTarget(): void
    {
        $other = ['server' => 'main', 'bucket' => '%env(APP_BUCKET)%', 'prefix' => '%env(APP_PREFIX)%other'];
        $instances = [
            'main' => self::files(['other-files' => $other, '2026' => $other]),
            'archive' => ['default' => 'old', 'buckets' => ['old' => $other]] + self::files(),
        ];
        $application = $this->application(
            ['instances' => $instances, 'default_instance' => 'main'],
            services: static fn ($services) => $services->set(SymfonyConsumer::class),
        );
        $consumer = $application->service(SymfonyConsumer::class);
        self::assertSame($consumer->storage, $consumer->class);
        self::assertSame($consumer->files, $consumer->filesStorage);
        self::assertSame($consumer->files, $consumer->targeted);
        self::assertSame(['files', 'other-files', '2026'], $consumer->storage->listBuckets()['buckets']);
        self::assertSame(['old'], $consumer->archive->listBuckets()['buckets']);
        $consumer->files->write('a.txt', 'contents');
        $consumer->others->write('b.txt', 'contents');
        $consumer->archiveOld->write('c.txt', 'contents');
        self::assertSame(['a.txt', 'other/b.txt', 'other/c.txt'], self::pathnames($this->s3->list()));
    }

    public function testVariablesAreThoseOfTheRequestNotOfTheCompiler(): void
    {
        $_ENV['APP_PREFIX'] = "{$this->prefix}one/";
        $application = $this->application(self::files());
        $application->service(Storage::class)->write('a.txt', 'x');
        $application->shutdown();
        $_ENV['APP_PREFIX'] = "{$this->prefix}two/";
        $application->service(Storage::class)->write('a.txt', 'x');
        self::assertSame(['one/a.txt', 'two/a.txt'], self::pathnames($this->s3->list()));
    }

    public function testTextThatLooksLikeAVariableOfTheExtensionIsText(): void
    {
        $_ENV['APP_PREFIX'] = $this->prefix . '${HOME}';
        $this->application(self::files())->service(Storage::class)->write('a.txt', 'x');
        self::assertSame(['${HOME}/a.txt'], self::pathnames($this->s3->list()));
        $config = self::files();
        $config['buckets']['files']['bucket'] = '${MY_BUCKET}';
        $this->assertInvalid('buckets.files.bucket": variables are Symfony\'s here: write %env(MY_BUCKET)%', $config);
    }

    public function testSecretsAreVariables(): void
    {
        $config = self::files();
        $config['servers']['main']['credentials']['secret'] = 'canary-secret';
        $message = $this->assertInvalid('credentials.secret": it is a secret', $config);
        self::assertStringNotContainsString('canary', $message);
        $config['servers']['main']['credentials'] = ['secret' => '%env(APP_SECRET_KEY)%', 'token' => 12345];
        $message = $this->assertInvalid('credentials.token": it is a secret', $config);
        self::assertStringNotContainsString('12345', $message);
        $application = $this->application(
            self::files(),
            // A variable may have a default.
            parameters: ['env(APP_SECRET_KEY)' => 'development'],
        );
        self::assertTrue($application->service(Storage::class)->isHealthy());
    }

    public function testSecretsAreNowhere(): void
    {
        $_ENV['APP_SECRET_KEY'] = 'canary-secret';
        $application = $this->application(self::files(), debug: true);
        $application->controller = function () use ($application): Response {
            try {
                return new Response($application->service(Storage::class)->read('a.txt'));
            } catch (S3Exception $exception) {
                return new Response($exception->getErrorCode());
            }
        };
        $response = self::request($application, '/run');
        self::assertNotSame('', $response->getContent());
        $panel = self::panel($application, $response);
        [, $config] = $application->console('debug:config', ['name' => 's3storage']);
        self::assertStringContainsString('%env(APP_SECRET_KEY)%', $config);
        [, $container] = $application->console('debug:container', ['--format' => 'json', '--show-hidden' => true]);
        [, $service] = $application->console('debug:container', ['name' => 's3storage.instance.default']);
        exec('grep -rl canary-secret ' . escapeshellarg($application->folder), $files);
        self::assertSame([], $files);
        $this->assertInvalid('canary', ['servers' => ['main' => ['nope' => 1]]] + self::files(), not: true);
        self::assertStringNotContainsString('canary-secret', $panel . $config . $container . $service);
    }

    public function testTheTreeHasTheKeysOfTheExtension(): void
    {
        [, $tree] = $this->application(self::files())->console('config:dump-reference', ['name' => 's3storage']);
        try {
            $servers = ['a' => ['no' => 1, 'credentials' => ['no' => 1]], 'b' => ['driver' => 'local', 'no' => 1]];
            new S3Storage(['servers' => $servers, 'buckets' => ['c' => ['no' => 1]]]);
            self::fail('the extension took a key that it does not know');
        } catch (InvalidConfigException $exception) {
            preg_match_all('/no: unknown key; known: (.*)/', $exception->getMessage(), $known);
        }
        self::assertCount(4, $known[1], $exception->getMessage());
        $keys = array_merge(...array_map(static fn (string $list): array => explode(', ', $list), $known[1]));
        self::assertGreaterThan(20, count($keys));
        foreach ($keys as $key) {
            self::assertMatchesRegularExpression("/^ +$key:/m", $tree, "the extension knows $key");
        }
        foreach (['SERVER', 'BUCKET'] as $name) {
            $ours = (new \ReflectionClassConstant(\S3Storage\Symfony\Configuration::class, $name))->getValue();
            self::assertSame([], array_diff(array_keys($ours), $keys), 'the extension does not know these');
        }
    }

    public function testValuesAreJudgedByTheExtension(): void
    {
        $config = self::files();
        $config['servers']['main']['max_attempts'] = 99;
        $application = $this->application($config);
        [$status, $said] = $application->console('s3storage:check');
        self::assertSame(1, $status);
        self::assertStringContainsString('servers.main.max_attempts', $said);
        $this->expectException(InvalidConfigException::class);
        $application->service(Storage::class);
    }

    public function testAConfigurationMayBeAFile(): void
    {
        $file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        rename($file, $file .= '.json');
        file_put_contents($file, json_encode($this->config()));
        $application = $this->application(['config' => $file, 'flysystem' => ['photos' => ['bucket' => 'files']]]);
        $application->service(Storage::class)->write('a.txt', 'of a file');
        // Nothing at all is what `new S3Storage()` is.
        $_ENV['S3STORAGE_CONFIG'] = $file;
        self::assertSame('of a file', $this->application(null)->service(Storage::class)->read('a.txt'));
        unset($_ENV['S3STORAGE_CONFIG']);
        unlink($file);
        $this->assertInvalid('"config" names a file that has everything', ['config' => $file] + self::files());
    }

    public function testWhatIsAmbiguousIsRefused(): void
    {
        $two = ['one' => self::files(), 'two' => self::files()];
        $this->assertInvalid('s3storage.default_instance: name one of one, two', ['instances' => $two]);
        $this->assertInvalid('name one of one, two', ['instances' => $two, 'default_instance' => 'three']);
        $bucket = self::files()['buckets']['files'];
        $alike = self::files(['my-files' => $bucket, 'my_files' => $bucket]);
        $this->assertInvalid('would be the argument $myFiles', $alike);
        $adapter = ['flysystem' => ['a' => ['instance' => 'three']]];
        $this->assertInvalid('there is no instance "three"', $adapter + self::files());
        $this->assertInvalid('Unrecognized options "default, servers, buckets"', ['instances' => $two] + self::files());
        $this->assertInvalid('Did you mean "region"', ['servers' => ['main' => ['regoin' => 'x']]] + self::files());
    }

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

    public function testStoragesOfFlysystemBundleInEachForm(): void
    {
        $options = ['CacheControl' => 'max-age=1'];
        $adapters = ['photos' => ['bucket' => 'files', 'prefix' => 'photos', 'options' => $options]];
        $storages = [
            'old.storage' => ['adapter' => 's3storage.flysystem.photos'],
            'new.storage' => ['service' => 's3storage.flysystem.photos'],
            'key.storage' => ['s3storage' => ['prefix' => 'photos', 'options' => ['CacheControl' => 'max-age=2']]],
            'options.storage' => ['adapter' => 's3storage', 'options' => ['bucket' => 'files', 'prefix' => 'photos']],
            'whole.storage' => ['service' => 's3storage.flysystem.files'],
        ];
        $application = $this->application(
            ['flysystem' => $adapters] + self::files(),
            ['flysystem' => ['storages' => $storages]],
            static function ($services) use ($storages): void {
                foreach (array_keys($storages) as $name) {
                    $services->alias("my.$name", $name);
                }
            },
        );
        foreach (array_keys($storages) as $name) {
            $files = $application->service("my.$name");
            self::assertInstanceOf(FilesystemOperator::class, $files);
            $files->write("$name.txt", $name);
            self::assertSame($name, $files->read("$name.txt"));
        }
        self::assertSame(
            ['photos/key.storage.txt', 'photos/new.storage.txt', 'photos/old.storage.txt', 'photos/options.storage.txt',
                'whole.storage.txt'],
            self::pathnames($this->s3->list()),
        );
        $key = $this->s3->openResponse('photos/key.storage.txt')->headers;
        $new = $this->s3->openResponse('photos/new.storage.txt')->headers;
        self::assertSame(['max-age=2', 'max-age=1'], [$key['Cache-Control'], $new['Cache-Control']]);
    }

    public function testOptionsOfAnAdapterThatAreUnknownAreRefused(): void
    {
        $old = ['adapter' => 's3storage', 'options' => ['bukket' => 'x']];
        foreach ([$old, ['s3storage' => ['bukket' => 'x']]] as $storage) {
            try {
                $this->application(self::files(), ['flysystem' => ['storages' => ['a' => $storage]]])->boot();
                self::fail('an option that nobody knows was taken');
            } catch (InvalidConfigurationException $exception) {
                self::assertStringContainsString('bukket', $exception->getMessage());
            }
        }
    }

    public function testTheCheckTellsWhatIsWrong(): void
    {
        $gone = ['server' => 'main', 'bucket' => 'no-such-bucket'];
        $application = $this->application(self::files(['gone' => $gone]));
        [$status, $said] = $application->console('s3storage:check', ['bucket' => ['files'], '--write' => true]);
        self::assertSame(0, $status, $said);
        foreach (['configuration', 'list', 'write', 'read', 'presign', 'delete'] as $step) {
            self::assertMatchesRegularExpression("/^ +$step +ok \(/m", $said);
        }
        self::assertSame([], self::pathnames($this->s3->list()));
        [$status, $said] = $application->console('s3storage:check');
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/bucket gone\n +list +failed: .*bucket/', $said);
        [$status, $said] = $application->console('s3storage:check', ['bucket' => ['none']]);
        self::assertSame(1, $status);
        self::assertStringContainsString('files, gone', $said);
        [$status, $said] = $application->console('s3storage:check', ['--instance' => 'none']);
        self::assertSame(1, $status);
        self::assertStringContainsString('known: default', $said);
        unset($_ENV['APP_ENDPOINT']);
        [$status, $said] = $this->application(self::files())->console('s3storage:check');
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/configuration +failed: .*APP_ENDPOINT/', $said);
    }

    /**
     * @param array<string, mixed>|null                $s3storage
     * @param array<string, array<string, mixed>|null> $extensions
     * @param array<string, string>                    $parameters
     */
    private function application(
        ?array $s3storage,
        array $extensions = [],
        ?Closure $services = null,
        bool $debug = false,
        array $parameters = [],
        ?SymfonyLoggerChannels $pass = null,
    ): SymfonyApplication {
        $used = static function ($configurator) use ($services): void {
            // What no service uses is taken away.
            $configurator->alias('test.' . Storage::class, Storage::class);
            $configurator->set('logger', NullLogger::class);
            $services === null || $services($configurator);
        };
        $extensions = ['s3storage' => $s3storage] + $extensions;
        return $this->applications[] = new SymfonyApplication($extensions, $used, $debug, $parameters, $pass);
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

    /**
     * @param array<string, array<string, mixed>> $buckets
     * @return array<string, mixed>
     */
    private static function files(array $buckets = []): array
    {
        $credentials = ['key' => '%env(APP_KEY)%', 'secret' => '%env(APP_SECRET_KEY)%'];
        $server = ['endpoint' => '%env(APP_ENDPOINT)%', 'region' => 'us-east-1', 'credentials' => $credentials];
        $bucket = ['server' => 'main', 'bucket' => '%env(APP_BUCKET)%', 'prefix' => '%env(APP_PREFIX)%'];
        return ['default' => 'files', 'servers' => ['main' => $server], 'buckets' => ['files' => $bucket] + $buckets];
    }

    /** @param array<string, mixed> $config */
    private function assertInvalid(string $message, array $config, bool $not = false): string
    {
        try {
            $this->application($config)->boot();
        } catch (InvalidConfigurationException $exception) {
            $not ? self::assertStringNotContainsString($message, $exception->getMessage())
                : self::assertStringContainsString($message, $exception->getMessage());
            return $exception->getMessage();
        }
        self::fail("it was taken; expected: $message");
    }

    private static function request(SymfonyApplication $application, string $path, bool $send = false): Response
    {
        $request = Request::create($path);
        $response = $application->handle($request);
        if ($send) {
            ob_start();
            $response->sendContent();
            ob_end_clean();
        }
        $application->terminate($request, $response);
        return $response;
    }

    private static function profile(SymfonyApplication $application, Response $response): object
    {
        return $application->service('profiler')->loadProfile((string) $response->headers->get('X-Debug-Token'));
    }

    private static function panel(SymfonyApplication $application, Response $response): string
    {
        $token = $response->headers->get('X-Debug-Token');
        $panel = self::request($application, "/_profiler/$token?panel=s3storage");
        self::assertSame(200, $panel->getStatusCode(), (string) $panel->getContent());
        return (string) $panel->getContent();
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
