<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use S3Storage\Exception\InvalidConfigException;

/** Configurations from files: every format, every way to name one, and what is said of a wrong one. */
final class ConfigFileTest extends StorageTestCase
{
    private const CANARY = 'CANARY-51d2-never-printed';

    private string $folder;
    private string $workingDirectory;

    /** @var list<array<string, mixed>> */
    private array $variables;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = (string) realpath(sys_get_temp_dir()) . '/s3storage-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
        $this->workingDirectory = (string) getcwd();
        $this->variables = [$_SERVER, $_ENV];
        putenv('S3T_SECRET=' . Environment::secretKey());
    }

    protected function tearDown(): void
    {
        [$_SERVER, $_ENV] = $this->variables;
        chdir($this->workingDirectory);
        ini_restore('s3storage.config');
        putenv('S3STORAGE_CONFIG');
        putenv('S3T_SECRET');
        array_map('unlink', glob($this->folder . '/{,.}[!.]*', GLOB_BRACE) ?: []);
        rmdir($this->folder);
        parent::tearDown();
    }

    /**
     * @dataProvider formats
     */
    public function testAFileOfEveryFormatServes(string $name, string $text): void
    {
        $s3 = new S3Storage($this->file($name, $text));
        self::assertSame(['buckets' => ['zoo', 'files'], 'default' => 'files'], $s3->listBuckets());
        $s3->write('a', 'content');
        self::assertSame('content', $this->s3->read('a'));
    }

    /** @return iterable<string, array{string, string}> */
    public static function formats(): iterable
    {
        $yaml = <<<'YAML'
            default: files
            servers:
              main:
                endpoint: "@ENDPOINT@"
                region: us-east-1
                max_attempts: 2
                credentials: {key: "@KEY@", secret: "${S3T_SECRET}"}
            buckets:
              zoo: {server: main, bucket: other}
              files:
                server: main
                bucket: "@BUCKET@"
                prefix: "@PREFIX@"
            YAML;
        yield 'YAML' => ['s3.yaml', $yaml];
        yield 'YAML, short ending' => ['s3.YML', $yaml];
        yield 'YAML of RoadRunner, with its siblings' => [
            '.rr.yaml',
            "version: '3'\nserver: {command: \"php \${NOT_SET}\"}\ns3:\n" . preg_replace('/^/m', '  ', $yaml)
                . "\nkv: {s3: {driver: memory}}\n",
        ];
        yield 'TOML' => ['s3.toml', <<<'TOML'
            default = "files"
            [servers.main]
            endpoint = "@ENDPOINT@"
            region = "us-east-1"
            max_attempts = 2
            credentials = { key = "@KEY@", secret = "${S3T_SECRET}" }
            [buckets.zoo]
            server = "main"
            bucket = "other"
            [buckets.files]
            server = "main"
            bucket = "@BUCKET@"
            prefix = "@PREFIX@"
            TOML];
        yield 'JSON' => ['s3.json', <<<'JSON'
            {
                "default": "files",
                "servers": {"main": {
                    "endpoint": "@ENDPOINT@", "region": "us-east-1", "max_attempts": 2,
                    "credentials": {"key": "@KEY@", "secret": "${S3T_SECRET}"}
                }},
                "buckets": {
                    "zoo": {"server": "main", "bucket": "other"},
                    "files": {"server": "main", "bucket": "@BUCKET@", "prefix": "@PREFIX@"}
                }
            }
            JSON];
    }

    public function testTheShortFormServesItsOneBucket(): void
    {
        $s3 = new S3Storage($this->short());
        self::assertSame(['buckets' => ['default'], 'default' => 'default'], $s3->listBuckets());
        $s3->write('a', 'content');
        self::assertSame('content', $this->s3->read('a'));
    }

    public function testSectionsWorkInArraysToo(): void
    {
        $s3 = new S3Storage(['s3' => $this->config(), 'cache' => ['ttl' => '${NOT_SET}']]);
        self::assertSame('files', $s3->listBuckets()['default']);
    }

    public function testNothingAndNullTakeTheSettingAndElseTheVariable(): void
    {
        $ofVariable = $this->file('variable.json', (string) json_encode($this->named('variable')));
        $ofSetting = $this->file('setting.json', (string) json_encode($this->named('setting')));
        putenv("S3STORAGE_CONFIG=$ofVariable");
        self::assertSame('variable', (new S3Storage())->listBuckets()['default']);
        ini_set('s3storage.config', $ofSetting);
        self::assertSame('setting', (new S3Storage())->listBuckets()['default']);
        self::assertSame('setting', (new S3Storage(null))->listBuckets()['default']);
        self::assertSame('setting', (new S3Storage(config: null))->listBuckets()['default']);
    }

    public function testTheVariableThatNamesTheFileIsLookedUpInTheSuperglobalsFirst(): void
    {
        putenv('S3STORAGE_CONFIG=/nowhere.json');
        $_SERVER['S3STORAGE_CONFIG'] = $this->file('a.json', (string) json_encode($this->named('superglobal')));
        self::assertSame('superglobal', (new S3Storage())->listBuckets()['default']);
    }

    public function testWithoutAnyConfigurationTheMessageSaysWhatToSet(): void
    {
        $message = self::message();
        self::assertStringStartsWith('no configuration: ', $message);
        self::assertStringContainsString('s3storage.config', $message);
        self::assertStringContainsString('S3STORAGE_CONFIG', $message);
    }

    public function testAFailureTellsWhoNamedTheFile(): void
    {
        putenv('S3STORAGE_CONFIG=/nowhere.json');
        self::assertStringContainsString('variable S3STORAGE_CONFIG', self::message());
        ini_set('s3storage.config', '/nowhere.json');
        self::assertStringContainsString('ini setting s3storage.config', self::message());
    }

    public function testVariablesInAFileAreLookedUpInServerThenEnvThenProcess(): void
    {
        $path = $this->file('a.yaml', 'storage: {bucket: b, endpoint: "${S3T_ENDPOINT}"}');
        $host = static fn () => parse_url((new S3Storage($path))->getPublicUrl('a'), PHP_URL_HOST);
        try {
            putenv('S3T_ENDPOINT=http://process.example');
            self::assertSame('process.example', $host());
            $_ENV['S3T_ENDPOINT'] = 'http://env.example';
            self::assertSame('env.example', $host());
            $_SERVER['S3T_ENDPOINT'] = 'http://server.example';
            self::assertSame('server.example', $host());
            unset($_SERVER['S3T_ENDPOINT'], $_ENV['S3T_ENDPOINT']);
            self::assertSame('process.example', $host());
        } finally {
            putenv('S3T_ENDPOINT');
        }
    }

    public function testOneFileServesEachProgramWithItsOwnCredentials(): void
    {
        $path = $this->file('a.yaml', 'storage: {bucket: b, endpoint: "http://x.example"}');
        $signer = static function (string $key) use ($path): string {
            [$_SERVER['AWS_ACCESS_KEY_ID'], $_SERVER['AWS_SECRET_ACCESS_KEY']] = [$key, 'secret'];
            parse_str((string) parse_url((new S3Storage($path))->presignGet('a')->url, PHP_URL_QUERY), $query);
            return explode('/', $query['X-Amz-Credential'])[0];
        };
        self::assertSame(['ONE', 'TWO', 'ONE'], array_map($signer, ['ONE', 'TWO', 'ONE']));
        // Now the file is old enough to be kept.
        sleep(3);
        self::assertSame(['ONE', 'TWO', 'ONE', 'TWO'], array_map($signer, ['ONE', 'TWO', 'ONE', 'TWO']));
    }

    public function testAChangedFileIsReadAgain(): void
    {
        $path = $this->folder . '/a.yaml';
        $write = static function (string $path, string $bucket): void {
            file_put_contents($path, "storage: {bucket: $bucket, endpoint: 'http://x.example'}");
            // Neither its size nor this time shall tell that it has changed.
            touch($path, 1_700_000_000);
        };
        $url = static fn () => (new S3Storage($path))->getPublicUrl('a');
        $write($path, 'one');
        // A file that has just been written is not kept.
        sleep(3);
        self::assertSame(['http://x.example/one/a', 'http://x.example/one/a'], [$url(), $url()]);
        foreach (['two', 'six'] as $bucket) {
            $write($path, $bucket);
            self::assertSame(["http://x.example/$bucket/a", "http://x.example/$bucket/a"], [$url(), $url()]);
        }
        $write($path . '.new', 'ten');
        rename($path . '.new', $path);
        self::assertSame('http://x.example/ten/a', $url());
        unlink($path);
        self::assertStringContainsString('there is no such file', self::message($path));
    }

    public function testARelativePathFollowsTheWorkingDirectory(): void
    {
        $this->short();
        chdir($this->folder);
        self::assertSame('default', (new S3Storage('short.toml'))->listBuckets()['default']);
        self::assertSame('default', (new S3Storage('./x/../short.toml'))->listBuckets()['default']);
        chdir('/');
        self::assertSame('read /short.toml: there is no such file', self::message('short.toml'));
    }

    public function testAnObjectThatIsAPathServesAsOne(): void
    {
        $result = Php::run('var_dump((new S3Storage(new SplFileInfo(getenv("FILE"))))->listBuckets()["default"]);', [
            'FILE' => $this->short(),
        ]);
        self::assertSame("string(7) \"default\"\n", $result->output, $result->errors);
    }

    public function testOpenBasedirHolds(): void
    {
        $code = <<<'PHP'
            ini_set('open_basedir', dirname(getenv('FILE')));
            echo (new S3Storage(getenv('FILE')))->listBuckets()['default'], "\n";
            foreach (['/etc/s3.yaml', '../s3.yaml', dirname(getenv('FILE')) . '/../s3.yaml'] as $path) {
                s3_thrown(fn () => new S3Storage($path));
            }
            ini_set('s3storage.config', '/etc/s3.yaml');
            s3_thrown(fn () => new S3Storage());
            PHP;
        $result = Php::run($code, ['FILE' => $this->short()]);
        self::assertStringStartsWith("default\n", $result->output, $result->errors);
        self::assertSame(4, substr_count($result->output, 'is not within open_basedir'), $result->output);
    }

    public function testAFileThatIsKnownStillNeedsOpenBasedir(): void
    {
        $code = <<<'PHP'
            sleep(3); // A file that has just been written is not kept.
            echo (new S3Storage(getenv('FILE')))->listBuckets()['default'], "\n";
            ini_set('open_basedir', '/usr');
            s3_thrown(fn () => new S3Storage(getenv('FILE')));
            PHP;
        $result = Php::run($code, ['FILE' => $this->short()]);
        self::assertStringStartsWith("default\nS3Storage\Exception\InvalidConfigException", $result->output);
        self::assertStringContainsString('is not within open_basedir', $result->output);
    }

    public function testAFileThatMayNotBeReadIsAnError(): void
    {
        $path = $this->short();
        chmod($path, 0);
        chmod($this->folder, 0755);
        $code = <<<'PHP'
            if (posix_geteuid() === 0) {
                posix_seteuid(65534);
            }
            s3_thrown(fn () => new S3Storage(getenv('FILE')));
            PHP;
        $result = Php::run($code, ['FILE' => $path]);
        self::assertStringContainsString("read $path: the file may not be read", $result->output, $result->errors);
    }

    public function testWhatIsNoFileIsAnErrorAndDoesNotWait(): void
    {
        mkdir($this->folder . '/folder.yaml');
        posix_mkfifo($this->folder . '/pipe.yaml', 0600);
        $expected = 'is not a regular file';
        self::assertStringContainsString($expected, self::message($this->folder . '/folder.yaml'));
        self::assertStringContainsString($expected, self::message($this->folder . '/pipe.yaml'));
        rmdir($this->folder . '/folder.yaml');
        self::assertStringContainsString('there is no such file', self::message('php://memory/a.yaml'));
        self::assertStringContainsString('must not contain a NUL', self::message("a\0.yaml"));
        self::assertStringStartsWith('the path of the configuration is empty; give ', self::message(''));
    }

    public function testOtherNamesAreRefused(): void
    {
        foreach (['s3.ini', 's3', '/etc/passwd'] as $path) {
            self::assertStringContainsString('must end in .yaml, .yml, .toml or .json', self::message($path));
        }
    }

    public function testALargeFileIsRefused(): void
    {
        $path = $this->file('large.yaml', str_repeat("# comment\n", 110_000));
        self::assertSame("read $path: the file has more than 1048576 bytes", self::message($path));
    }

    /**
     * @dataProvider mistakes
     */
    public function testAMistakeIsToldWithItsPlaceAndWithoutTheText(string $name, string $text, string $expected): void
    {
        $path = $this->file($name, $text);
        try {
            new S3Storage($path);
            self::fail('the configuration was taken');
        } catch (InvalidConfigException $exception) {
            self::assertStringStartsWith("read $path: $expected", $exception->getMessage());
            self::assertStringNotContainsString(self::CANARY, (string) $exception . $exception->getDetails());
        }
    }

    /** @return iterable<string, array{string, string, string}> */
    public static function mistakes(): iterable
    {
        $secret = self::CANARY;
        yield 'YAML syntax' => ['a.yaml', "a:\n  secret: \"$secret\n", 'line '];
        yield 'YAML indentation' => ['a.yaml', "a:\n  secret: $secret\n   b: c\n", 'line 3, column '];
        yield 'YAML, a key twice' => [
            'a.yaml', "secret: x\nsecret: $secret\n", 'line 2, column 1: YAML: a key stands twice in one table',
        ];
        yield 'TOML syntax' => ['a.toml', "a = 1\nsecret = $secret\n", 'line 2, column 10: TOML: '];
        yield 'TOML, a key twice' => ['a.toml', "a = '$secret'\na = 1\n", 'line 2, column 1: TOML: duplicate key'];
        yield 'JSON syntax' => ['a.json', "{\"secret\":\n $secret}", 'line 2, column 2: JSON: expected value'];
        yield 'JSON, a key twice' => [
            'a.json', "{\"a\": 1, \"a\": \"$secret\"}", 'line 1, column 12: JSON: a key stands twice in one table',
        ];
        yield 'no UTF-8' => ['a.json', "{\"a\": \"\xff$secret\"}", 'line 1, column 8: not UTF-8 text'];
        yield 'values' => [
            'a.yaml', "s3: {servers: {a: {credentials: {key: [$secret], secret: $secret}}}}",
            'invalid configuration: s3.servers.a.credentials.key: must be a string, not a list',
        ];
        yield 'an empty file' => ['a.yaml', '', 'invalid configuration: configuration: must be a table of keys'];
        yield 'a file of something else' => [
            'a.yaml', "http: {}\n$secret: {}\n",
            'invalid configuration: configuration: has neither s3 nor storage nor any of default, servers, buckets',
        ];
        yield 'a key of another driver' => [
            'a.toml', "[storage]\nprovider = 'memory'\nbucket = 'b'\nendpoint = 'http://x'",
            'invalid configuration: storage.endpoint: unknown key; known: provider, operation_timeout',
        ];
    }

    public function testCopiesBetweenServersTakeThePartSizeOfTheDestination(): void
    {
        self::skipOnMinio('one server under two names is enough of a test once');
        $config = $this->config();
        $config['servers']['other'] = ['max_attempts' => 1] + $config['servers']['main'];
        $large = ['server' => 'other', 'part_size' => 6 * 1024 * 1024];
        $config['buckets']['large'] = $large + $config['buckets']['files'];
        $s3 = new S3Storage(['default' => 'files'] + $config);
        $s3->write('a', str_repeat('x', 6 * 1024 * 1024));
        // What fits into one part is written in one request, whose ETag has no number of parts.
        self::assertStringNotContainsString('-', (string) $s3->copy('a', 'b', destinationBucket: 'large')->etag);
        $s3->bucket('large')->write('c', str_repeat('x', 6 * 1024 * 1024));
        self::assertStringEndsWith('-2', trim((string) $s3->bucket('large')->copy('c', 'd', 'files')->etag, '"'));
    }

    /** A file with the shared server's values in the places of their names. */
    private function file(string $name, string $text): string
    {
        $values = [
            '@ENDPOINT@' => Environment::endpoint(), '@KEY@' => Environment::accessKey(),
            '@BUCKET@' => Environment::bucket(), '@PREFIX@' => $this->prefix,
        ];
        $path = $this->folder . '/' . $name;
        file_put_contents($path, strtr($text, $values));
        return $path;
    }

    private function short(): string
    {
        return $this->file('short.toml', <<<'TOML'
            [storage]
            provider = "s3"
            bucket = "@BUCKET@"
            endpoint = "@ENDPOINT@"
            region = "us-east-1"
            prefix = "@PREFIX@"
            credentials = { key = "@KEY@", secret = "${S3T_SECRET:-none}" }
            TOML);
    }

    /** @return array<string, mixed> */
    private function named(string $alias): array
    {
        $config = $this->config();
        return ['buckets' => [$alias => $config['buckets']['files']]] + $config;
    }

    private static function message(?string $path = null): string
    {
        $exception = self::assertRefusedLocally('INVALID_CONFIG', static fn () => new S3Storage($path));
        return $exception->getMessage();
    }
}
