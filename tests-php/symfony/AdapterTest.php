<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use League\Flysystem\FilesystemOperator;
use S3Storage\Storage;
use S3Storage\Tests\FaultServer;
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
        $twice = $application->console('s3storage:check', ['bucket' => ['files', 'files']])[1];
        self::assertSame(1, substr_count($twice, 'bucket files'));
        unset($_ENV['APP_ENDPOINT']);
        $asked = ['bucket' => ['files']];
        [$status, $said] = $this->application(self::files())->console('s3storage:check', $asked);
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/configuration +failed: .*APP_ENDPOINT/', $said);
        self::assertStringNotContainsString('There is no bucket', $said, 'nobody knows');
    }

    public function testTheCommandSaysThatCredentialsMayNotWrite(): void
    {
        $list = '<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>';
        $answers = [FaultServer::answer(200, $list), FaultServer::error(403, 'AccessDenied')];
        $server = new FaultServer($answers);
        $_ENV['APP_ENDPOINT'] = $server->endpoint;
        [$status, $said] = $this->application(self::files())->console('s3storage:check', ['--write' => true]);
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/^ +write +failed: .*access denied/m', $said);
        self::assertStringContainsString('these credentials may not write here', $said);
        self::assertStringNotContainsString('delete', $said, 'nothing was written');
        self::assertCount(2, $server->requests());
    }

    public function testTheCommandChecksAFolderWhichHasNoUrls(): void
    {
        $folder = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6));
        mkdir($folder);
        $application = $this->application([
            'servers' => ['disk' => ['driver' => 'local', 'root' => $folder]],
            'buckets' => ['files' => ['server' => 'disk', 'bucket' => 'files']],
        ]);
        mkdir("$folder/files");
        [$status, $said] = $application->console('s3storage:check', ['--write' => true]);
        self::assertSame(0, $status, $said);
        self::assertMatchesRegularExpression('/^ +presign +ok .*there are no such URLs here/m', $said);
        self::assertSame([], glob("$folder/files/.s3storage-check*"));
        exec('rm -rf ' . escapeshellarg($folder));
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

    public function testInstancesMayBeNumbers(): void
    {
        $config = ['default_instance' => 2026, 'instances' => [2026 => self::files(), 2027 => self::files()],
            'flysystem' => ['old' => ['instance' => 2027, 'bucket' => 'files']]];
        $application = $this->application($config, services: static function ($services): void {
            $services->alias('old', 's3storage.flysystem.old')->public();
        });
        $application->service(Storage::class)->write('a.txt', 'contents');
        self::assertSame('contents', $application->service('old')->read('a.txt'));
    }
}
