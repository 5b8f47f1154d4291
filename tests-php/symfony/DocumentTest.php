<?php

declare(strict_types=1);

namespace S3Storage\Tests\Symfony;

use Psr\Log\NullLogger;
use S3Storage\Tests\Environment;
use S3Storage\Tests\Php;
use S3Storage\Tests\StorageTestCase;
use Symfony\Component\Yaml\Yaml;

/** `docs/symfony.md`, as the application of somebody who has copied its files. */
final class DocumentTest extends StorageTestCase
{
    private string $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = sys_get_temp_dir() . '/s3storage-document-' . bin2hex(random_bytes(6));
        $document = (string) file_get_contents(__DIR__ . '/../../docs/symfony.md');
        $block = '~^```(php|yaml)\n(?://|#) ([\w/.]+)(.*)\n((?s:.*?))^```$~m';
        preg_match_all($block, $document, $files, PREG_SET_ORDER);
        self::assertSame(substr_count($document, '```php') + substr_count($document, '```yaml'), count($files));
        foreach ($files as [, $kind, $name, $variant, $text]) {
            $this->write($variant === '' ? $name : "variant/$name", $kind === 'php' ? "<?php\n$text" : $text);
        }
        $this->write('src/Kernel.php', (string) file_get_contents(__DIR__ . '/../applications/symfony/src/Kernel.php'));
        $this->write('config/routes.yaml', "all: { resource: ../src/Controller/, type: attribute }\n");
        $this->write('config/packages/framework.yaml', "framework: { test: true, secret: secret, " .
            "http_method_override: false, handle_all_throwables: true, php_errors: { log: true } }\n");
    }

    protected function tearDown(): void
    {
        exec('rm -rf ' . escapeshellarg($this->folder));
        parent::tearDown();
    }

    public function testTheApplicationOfTheDocumentWorks(): void
    {
        $said = $this->inApplication('prod', <<<'PHP'
            $url = $reports->publish('2026', '%PDF');
            $avatar = $avatars->store(7, 'png');
            $request = Symfony\Component\HttpFoundation\Request::create('/documents/2026.pdf');
            $request->headers->set('Range', 'bytes=1-3');
            $response = $kernel->handle($request);
            ob_start();
            $response->sendContent();
            $content = ob_get_clean();
            echo $response->getStatusCode(), " $content\n$url\n$avatar";
            PHP);
        [$answer, $url, $avatar] = explode("\n", $said);
        self::assertSame('206 PDF', $answer);
        foreach ([$url, $avatar] as $signed) {
            self::assertStringStartsWith(Environment::endpoint(), $signed);
        }
        $all = $this->storage([], ['prefix' => '']);
        self::assertSame('2026', $all->read('uploads/latest.txt'));
        self::assertSame('png', $all->read('uploads/avatars/7.png'));
        $headers = $all->openResponse('uploads/avatars/7.png')->headers;
        self::assertSame('max-age=86400', $headers['Cache-Control'] ?? null);
        foreach (['uploads/latest.txt', 'uploads/avatars/7.png', 'documents/2026.pdf'] as $pathname) {
            $all->delete($pathname);
        }
    }

    public function testItsTestsHaveAFake(): void
    {
        self::assertStringStartsWith('https://memory.invalid/', $this->inApplication('test', <<<'PHP'
            echo $reports->publish('2026', '%PDF');
            PHP));
    }

    public function testItsInstancesAreThoseOfItsText(): void
    {
        $name = 'config/packages/s3storage.yaml';
        rename("$this->folder/variant/$name", "$this->folder/$name");
        $others = ['config/packages/s3storage_flysystem.yaml', 'config/packages/flysystem.yaml', 'src/Reports.php',
            'src/Avatars.php', 'src/Controller/DocumentController.php'];
        array_map(fn (string $file) => unlink("$this->folder/$file"), $others);
        $this->write('config/routes.yaml', '');
        $this->write('src/Both.php', '<?php namespace App; use S3Storage\Storage; final class Both { public function
            __construct(public Storage $archive, public Storage $archiveOld, public Storage $uploads) {} }');
        self::assertSame('old,uploads,', $this->inApplication('prod', <<<'PHP'
            $both = $container->get('both');
            foreach ([$both->archive, $both->uploads] as $s3) {
                echo implode(' ', $s3->listBuckets()['buckets']), ',';
            }
            PHP));
    }

    /** Runs code in the booted application, and answers what it prints. */
    private function inApplication(string $environment, string $code): string
    {
        $autoload = var_export(dirname(__DIR__) . '/applications/symfony/autoload.php', true);
        $this->write('config/packages/public.yaml', Yaml::dump(['services' => $this->publicServices()]));
        $result = Php::run(<<<PHP
            error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
            require $autoload;
            \$kernel = new App\Kernel('$environment', false);
            \$kernel->boot();
            \$container = \$kernel->getContainer();
            \$reports = \$container->has('reports') ? \$container->get('reports') : null;
            \$avatars = \$container->has('avatars') ? \$container->get('avatars') : null;
            $code
            PHP, [
            'APP_VAR' => "$this->folder/var", 'APP_FOLDER' => $this->folder, 'S3_ENDPOINT' => Environment::endpoint(),
            'S3_ACCESS_KEY' => Environment::accessKey(), 'S3_SECRET_KEY' => Environment::secretKey(),
            'S3_BUCKET' => Environment::bucket(),
            ]);
        self::assertSame(['', 0], [$result->errors, $result->exitCode], $result->output);
        return $result->output;
    }

    /** @return array<string, array<string, mixed>> what the code above asks for, and no service uses */
    private function publicServices(): array
    {
        // Symfony's own logger would write to standard error.
        $public = ['logger' => ['class' => NullLogger::class]];
        foreach (['Reports', 'Avatars', 'Both'] as $class) {
            if (is_file("$this->folder/src/$class.php")) {
                $id = strtolower($class);
                $public[$id] = ['class' => "App\\$class", 'autowire' => true, 'public' => true];
            }
        }
        return $public;
    }

    private function write(string $name, string $text): void
    {
        $folder = dirname("$this->folder/$name");
        is_dir($folder) || mkdir($folder, 0o700, true);
        file_put_contents("$this->folder/$name", $text);
    }
}
