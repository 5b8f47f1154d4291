<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use League\Flysystem\FilesystemOperator;
use S3Storage\Tests\SymfonyTestCase;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;

/** Storages of flysystem-bundle, and the command that checks. */
final class AdapterTest extends SymfonyTestCase
{
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
        self::assertStringNotContainsString('instance default', $said);
        [$status, $said] = $application->console('s3storage:check', ['--instance' => 'none']);
        self::assertSame(1, $status);
        self::assertStringContainsString('known: default', $said);
        unset($_ENV['APP_ENDPOINT']);
        [$status, $said] = $this->application(self::files())->console('s3storage:check');
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/configuration +failed: .*APP_ENDPOINT/', $said);
    }

    public function testABucketOfOneInstanceIsNotMissedInTheOthers(): void
    {
        $old = self::files();
        $old = ['default' => 'old', 'buckets' => ['old' => $old['buckets']['files']]] + $old;
        $instances = ['instances' => ['default' => self::files(), 'archive' => $old]];
        $application = $this->application($instances);
        [$status, $said] = $application->console('s3storage:check', ['bucket' => ['old']]);
        self::assertSame(0, $status, $said);
        self::assertStringContainsString('instance archive', $said);
        self::assertStringNotContainsString('instance default', $said);
    }
}
