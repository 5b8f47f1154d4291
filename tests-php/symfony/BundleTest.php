<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use S3Storage;
use S3Storage\Exception\InvalidConfigException;
use S3Storage\Exception\S3Exception;
use S3Storage\Storage;
use S3Storage\Tests\SymfonyConsumer;
use S3Storage\Tests\SymfonyTestCase;
use Symfony\Component\HttpFoundation\Response;

/** Storages as services, and the configuration. */
final class BundleTest extends SymfonyTestCase
{
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

    public function testInstancesThatAreNoneAreLikeNoKey(): void
    {
        $application = $this->application(['instances' => null] + self::files());
        self::assertTrue($application->service(Storage::class)->isHealthy());
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
}
