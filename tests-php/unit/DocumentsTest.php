<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\RoadRunner\Rpc;

/** Code and configurations that were written for others run here as they stand. */
final class DocumentsTest extends StorageTestCase
{
    /** What the documents leave open, by the key of an answer. */
    private const OPEN = ['pathname', 'last_modified', 'url', 'expires_at', 'content'];

    private string $folder;
    private string $workingDirectory;
    private string $photo;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
        $this->workingDirectory = (string) getcwd();
        chdir($this->folder);
        $this->photo = "\xff\xd8\xff\xe0" . random_bytes(12_341);
        file_put_contents('photo.jpg', $this->photo);
    }

    protected function tearDown(): void
    {
        chdir($this->workingDirectory);
        array_map('unlink', glob($this->folder . '/*') ?: []);
        rmdir($this->folder);
        parent::tearDown();
    }

    /** @return iterable<string, array{string, string}> */
    public static function calls(): iterable
    {
        foreach (Documents::examples('roadrunner-s3-plugin', 'php') as $title => $example) {
            if (!str_starts_with($title, 'use ')) {
                yield $title => [$title, $example];
            }
        }
    }

    public function testTheDocumentHasACallForEachMethodOfThePlugin(): void
    {
        $all = implode('', array_column([...$this->calls()], 1));
        preg_match_all('/\'s3\.(\w+)\'/', $all, $matches);
        self::assertEqualsCanonicalizing(['Write', 'Read', 'Exists', 'Delete', 'Copy', 'Move', 'GetMetadata',
            'SetVisibility', 'GetPublicURL', 'RegisterBucket', 'ListBuckets'], array_values(array_unique($matches[1])));
    }

    /** @dataProvider calls */
    public function testACallOfThePluginsDocumentAnswersAsItSays(string $title, string $example): void
    {
        if ($title === 'Upload a file') {
            self::skipOnMinio('MinIO has no object ACLs');
        }
        $rpc = $this->rpc();
        $s3 = new S3Storage($this->pluginConfig());
        foreach (['images/photo.jpg', 'temp/photo.jpg'] as $pathname) {
            $title === 'Upload a file' || $s3->write($pathname, $this->photo);
        }
        if ($title === 'Upload a file') {
            self::assertFalse($s3->exists('images/photo.jpg'));
        }
        if ($title === 'List all registered buckets') {
            $this->runExample('Register a new bucket at runtime (references existing server)', $rpc);
        }
        if ($title === 'Move file between buckets') {
            $archive = ['name' => 'private-docs', 'server' => 'aws-primary', 'bucket' => Environment::bucket(),
                'prefix' => $this->prefix . 'private'];
            $rpc->call('s3.RegisterBucket', $archive);
        }
        $response = $this->runExample($title, $rpc);
        $expected = Documents::returned($example) ?? match ($title) {
            'Change file visibility' => ['success' => true],
            // Copy and Move answer as Write does.
            default => Documents::returned($this->example('Upload a file')),
        };
        self::assertSame(array_keys($expected), array_keys($response));
        self::assertSame(array_map('gettype', $expected), array_map('gettype', $response));
        $known = array_diff_key($expected, array_flip(self::OPEN));
        self::assertSame($known, array_intersect_key($response, $known));
        $this->checkOpen($title, $response);
    }

    /** @param array<string, mixed> $response */
    private function checkOpen(string $title, array $response): void
    {
        $s3 = new S3Storage($this->pluginConfig());
        foreach ($response as $key => $value) {
            match ($key) {
                'pathname' => self::assertSame(match ($title) {
                    'Upload a file' => 'images/photo.jpg',
                    'Copy file within same bucket' => 'images/photo-copy.jpg',
                    'Move file between buckets' => 'archive/photo.jpg',
                }, $value),
                'last_modified' => self::assertEqualsWithDelta(time(), $value, 60),
                'expires_at' => self::assertEqualsWithDelta(time() + 3600, $value, 5),
                'content' => self::assertSameBytes($this->photo, (string) base64_decode($value, true)),
                'url' => self::assertSame(
                    $s3->getPublicUrl('images/photo.jpg') . (isset($response['expires_at']) ? '?' : ''),
                    isset($response['expires_at']) ? strstr($value, '?', true) . '?' : $value,
                ),
                default => null,
            };
        }
        match ($title) {
            'Upload a file' => self::assertSameBytes($this->photo, $s3->read('images/photo.jpg')),
            'Delete a file' => self::assertFalse($s3->exists('images/photo.jpg')),
            'Get presigned URL (expires in 1 hour)' => self::assertSameBytes(
                $this->photo,
                RawHttp::get($response['url'])->body,
            ),
            'Copy file within same bucket' => self::assertSameBytes($this->photo, $s3->read('images/photo-copy.jpg')),
            'Move file between buckets' => self::assertFalse($s3->exists('temp/photo.jpg')),
            'Change file visibility' => self::assertSame(self::ofPrivate(), $s3->getVisibility('images/photo.jpg')),
            default => null,
        };
    }

    public function testOnlyTheConstructorOfThePluginsCodeChanges(): void
    {
        [$title] = array_keys(Documents::examples('roadrunner-s3-plugin', 'php'));
        $before = $this->example($title);
        self::assertSame("use Spiral\Goridge\RPC\RPC;\n\$rpc = new RPC(/* connection */);\n", $before);
        $config = $this->pluginConfig();
        $changes = ['Spiral\Goridge\RPC\RPC' => 'S3Storage\RoadRunner\Rpc', '/* connection */' => '$config'];
        $after = strtr($before, $changes);
        $rpc = eval("$after return \$rpc;");
        $listed = $rpc->call('s3.ListBuckets', []);
        self::assertSame(['buckets' => ['uploads', 'documents'], 'default' => 'uploads'], $listed);
    }

    public function testTheCallOfTheDocumentAboutCustomPluginsRuns(): void
    {
        $examples = Documents::examples('writing-a-plugin', 'php');
        self::assertCount(1, $examples);
        $rpc = $this->rpc();
        $rpc->register('custom', new class {
            // phpcs:ignore PSR1.Methods.CamelCapsMethodName -- as Go has it
            public function Hello(string $input): string
            {
                return $input;
            }
        });
        $this->expectOutputRegex('/string\(5\) "world"\n$/');
        eval(implode('', $examples));
    }

    /** @return iterable<string, array{string, string, string, list<string>, string}> */
    public static function configurations(): iterable
    {
        $yaml = Documents::blocks('roadrunner-s3-plugin', 'yaml');
        $toml = Documents::blocks('storage-client', 'toml');
        yield 'servers and buckets' => ['a.yaml', $yaml[0], 'uploads', ['uploads', 'documents', 'dev-storage'],
            'https://my-uploads-bucket.s3.us-east-1.amazonaws.com/uploads/a'];
        $aliases = ['uploads', 'avatars-eu', 'cdn-assets', 'backups'];
        yield 'several providers' => ['.rr.yaml', $yaml[1], 'uploads', $aliases,
            'https://app-uploads-us.s3.us-east-1.amazonaws.com/uploads/a'];
        yield 'development' => ['bext.config.toml', $toml[0], 'default', ['default'],
            'http://minio.local:9000/dev-uploads/a'];
        yield 'production' => ['bext.config.toml', $toml[1], 'default', ['default'],
            'https://abc123.r2.cloudflarestorage.com/prod-uploads/a'];
    }

    /**
     * @dataProvider configurations
     * @param list<string> $buckets
     */
    public function testAConfigurationOfTheDocumentsServes(
        string $name,
        string $text,
        string $default,
        array $buckets,
        string $url,
    ): void {
        $names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_EU_ACCESS_KEY_ID', 'AWS_EU_SECRET_ACCESS_KEY',
            'DO_SPACES_KEY', 'DO_SPACES_SECRET', 'B2_APPLICATION_KEY_ID', 'B2_APPLICATION_KEY'];
        file_put_contents($name, $text);
        $before = $_SERVER;
        try {
            $_SERVER = array_combine($names, $names) + $before;
            $s3 = new S3Storage($name);
            self::assertSame(['buckets' => $buckets, 'default' => $default], $s3->listBuckets());
            self::assertSame($url, $s3->getPublicUrl('a'));
            $signed = $s3->presignGet('a')->url;
            self::assertStringStartsWith("$url?", $signed);
            self::assertStringContainsString('X-Amz-Credential=AWS_ACCESS_KEY_ID%2F', $signed);
            $listed = (new Rpc($name))->call('s3.ListBuckets', []);
            self::assertSame(['buckets' => $buckets, 'default' => $default], $listed);
        } finally {
            $_SERVER = $before;
            unlink($name);
        }
    }

    public function testEveryConfigurationOfTheDocumentsIsRun(): void
    {
        $all = [...Documents::blocks('roadrunner-s3-plugin', 'yaml'), ...Documents::blocks('storage-client', 'toml')];
        self::assertSame($all, array_column([...$this->configurations()], 1));
    }

    /** MinIO has no visibility of single objects: an object has what its bucket is configured to have. */
    private static function ofPrivate(): string
    {
        return Environment::isMinio() ? 'public' : 'private';
    }

    private function example(string $title): string
    {
        return Documents::examples('roadrunner-s3-plugin', 'php')[$title];
    }

    /** @return array<string, mixed> */
    private function runExample(string $title, Rpc $rpc): array
    {
        return eval($this->example($title) . 'return $response;');
    }

    private function rpc(): Rpc
    {
        return new Rpc($this->pluginConfig());
    }

    /** @return array<string, string> the dev server has ACLs, which no profile knows of it */
    private static function acl(): array
    {
        return Environment::isMinio() ? [] : ['acl' => 'on'];
    }

    /** @return array<string, mixed> */
    private function pluginConfig(): array
    {
        $bucket = ['server' => 'aws-primary', 'bucket' => Environment::bucket()];
        return [
            'default' => 'uploads',
            'servers' => ['aws-primary' => self::section()],
            'buckets' => [
                'uploads' => $bucket + ['prefix' => $this->prefix . 'uploads/', 'visibility' => 'public'] + self::acl(),
                'documents' => $bucket + ['prefix' => $this->prefix . 'docs/'],
            ],
        ];
    }
}
