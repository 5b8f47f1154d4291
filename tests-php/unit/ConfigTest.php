<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use stdClass;

/** What a configuration may say, and what is said of a wrong one. */
final class ConfigTest extends StorageTestCase
{
    private const CANARY = 'CANARY-7c1f-never-printed';

    /** @var list<array<string, mixed>> */
    private array $variables;

    protected function setUp(): void
    {
        parent::setUp();
        $this->variables = [$_SERVER, $_ENV];
    }

    protected function tearDown(): void
    {
        [$_SERVER, $_ENV] = $this->variables;
        foreach (['S3T_ENDPOINT', 'S3T_VALUE', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as $name) {
            putenv($name);
        }
        parent::tearDown();
    }

    public function testEveryProblemIsReportedAtOnceWithItsPath(): void
    {
        $message = self::message([
            'default' => 'nowhere',
            'colour' => 'blue',
            'servers' => [
                'one' => [
                    'driver' => 'ftp', 'provider' => 'acme', 'endpoint' => 'ftp://host', 'max_attempts' => 0,
                    'connect_timeout' => -1, 'read_timeout' => 'soon', 'path_style' => 'perhaps',
                    'credentials' => ['key' => '', 'password' => 'x'], 'regoin' => 'x',
                ],
            ],
            'buckets' => [
                'photos' => ['server' => 'two', 'bucket' => 'no/slash', 'visibility' => 'secret', 'acl' => 'maybe',
                    'max_concurrent_operations' => 0],
                'empty' => [],
            ],
        ]);
        $lines = [
            'colour: unknown key; known: default, servers, buckets',
            'default: unknown bucket "nowhere"; known: photos, empty',
            'servers.one.driver: unknown driver "ftp"; known: s3, local, memory',
            'servers.one.provider: unknown provider "acme"; known: aws, minio, r2, b2, spaces, ceph, garage, generic',
            'servers.one.endpoint: must begin with http:// or https://',
            'buckets.photos.max_concurrent_operations: must be a whole number from 1 to 10000, not 0',
            'servers.one.max_attempts: must be a whole number from 1 to 20, not 0',
            'servers.one.connect_timeout: must be a number of seconds above 0',
            'servers.one.read_timeout: must be a number of seconds above 0 and at most a year, not a string; give the '
                . 'number alone, without a unit',
            'servers.one.path_style: must be true or false, not a string',
            'servers.one.credentials.key: is required and must not be empty',
            'servers.one.credentials.secret: is required and must not be empty',
            'servers.one.credentials.password: unknown key; known: key, secret, token',
            'servers.one.regoin: unknown key; known: driver, provider, region, endpoint, public_endpoint',
            'buckets.photos.server: unknown server "two"; known: one',
            'buckets.photos.bucket: a bucket\'s name has letters',
            'buckets.photos.visibility: visibility must be "public" or "private", not "secret"',
            'buckets.photos.acl: must be auto, on or off, not "maybe"',
            'buckets.empty.server: is required and must not be empty',
            'buckets.empty.bucket: is required and must not be empty',
        ];
        foreach ($lines as $line) {
            self::assertStringContainsString("\n- $line", $message);
        }
        self::assertStringContainsString(count($lines) . ' problems:', $message);
        self::assertSame(count($lines), substr_count($message, "\n- "), $message);
    }

    public function testUnknownKeyOfABucketListsTheKnownOnes(): void
    {
        $message = self::message($this->config([], ['bukcet' => 'x']));
        $known = 'server, bucket, prefix, visibility, url, acl, max_concurrent_operations, part_size, concurrency';
        self::assertSame("invalid configuration: buckets.files.bukcet: unknown key; known: $known", $message);
    }

    /**
     * @dataProvider wrongTypes
     * @param array<string, mixed> $config
     */
    public function testWrongTypeIsNamedWithItsPathAndNotShown(array $config, string $expected): void
    {
        self::assertStringContainsString($expected, self::message($config));
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function wrongTypes(): iterable
    {
        $server = ['endpoint' => 'http://127.0.0.1:9'];
        yield 'servers is text' => [['servers' => 'x'], 'servers: must be a table of names, not a string'];
        yield 'servers is a list' => [['servers' => ['x']], 'servers: must be a table of names, not a list'];
        yield 'a server is a number' => [['servers' => ['a' => 5]], 'servers.a: must be a table of keys, not a number'];
        yield 'region is a bool' => [
            ['servers' => ['a' => ['region' => true] + $server]], 'servers.a.region: must be a string, not a bool',
        ];
        yield 'attempts is a fraction' => [
            ['servers' => ['a' => ['max_attempts' => 1.5] + $server]], 'servers.a.max_attempts: must be a whole number',
        ];
        yield 'credentials are text' => [
            ['servers' => ['a' => ['credentials' => 'k'] + $server]],
            'servers.a.credentials: must be a table of keys, not a string',
        ];
        yield 'timeout is null and default is a number' => [
            ['servers' => ['a' => ['read_timeout' => null] + $server], 'default' => 5],
            'default: must be a string, not a number',
        ];
    }

    public function testAnObjectAsValueIsRefusedByItsPath(): void
    {
        $message = self::message($this->config(['region' => new stdClass()]));
        self::assertStringContainsString('servers.main.region', $message);
    }

    public function testAConfigurationThatContainsItselfIsRefusedAndDoesNotCrash(): void
    {
        $result = Php::run(<<<'PHP'
            $config = s3_config();
            $config['servers']['loop'] = &$config;
            s3_thrown(fn () => new S3Storage($config));
            PHP);
        self::assertSame(0, $result->exitCode, $result->errors);
        self::assertStringStartsWith('S3Storage\Exception\InvalidConfigException', $result->output);
    }

    public function testTextThatIsNotUtf8IsRefused(): void
    {
        self::assertStringContainsString('servers.main.region', self::message($this->config(['region' => "\xff"])));
    }

    /**
     * @dataProvider unusableEndpoints
     */
    public function testUnusableEndpointIsRefused(string $endpoint, string $problem): void
    {
        $message = self::message($this->config(['endpoint' => $endpoint]));
        self::assertSame("invalid configuration: servers.main.endpoint: $problem", $message);
    }

    /** @return iterable<string, array{string, string}> */
    public static function unusableEndpoints(): iterable
    {
        yield 'no scheme' => ['localhost', 'is not a URL; it must begin with http:// or https://'];
        yield 'other scheme' => ['file:///etc/passwd', 'must begin with http:// or https://'];
        yield 'user info' => ['http://u:p@127.0.0.1', 'must not contain a user name or password; use credentials'];
        yield 'query' => ['http://127.0.0.1/?a=b', 'must not contain a query or a fragment'];
    }

    /**
     * @dataProvider wrongConfigurationsWithSecrets
     * @param array<string, mixed> $server
     */
    public function testSecretsAreNeverInMessages(array $server): void
    {
        $exception = self::assertRefusedLocally('INVALID_CONFIG', fn () => $this->storage($server));
        self::assertStringNotContainsString(self::CANARY, (string) $exception);
        self::assertStringNotContainsString(self::CANARY, $exception->getDetails());
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function wrongConfigurationsWithSecrets(): iterable
    {
        $credentials = ['key' => self::CANARY, 'secret' => self::CANARY, 'token' => self::CANARY];
        yield 'a problem elsewhere' => [['credentials' => $credentials, 'regoin' => 'x']];
        yield 'a secret of the wrong type' => [['credentials' => ['secret' => [self::CANARY]] + $credentials]];
        yield 'an unknown key beside it' => [['credentials' => $credentials + ['x' => self::CANARY]]];
        yield 'no key' => [['credentials' => ['key' => ''] + $credentials]];
        yield 'a broken variable' => [['credentials' => ['secret' => '${' . self::CANARY] + $credentials]];
        yield 'a user name in the endpoint' => [['endpoint' => 'http://u:' . self::CANARY . '@127.0.0.1']];
        yield 'credentials as text' => [['credentials' => self::CANARY]];
        yield 'text where a number belongs' => [['read_timeout' => self::CANARY]];
    }

    public function testVariablesAreLookedUpInServerThenEnvThenProcess(): void
    {
        $url = fn () => $this->storage(['endpoint' => '${S3T_ENDPOINT}'])->getPublicUrl('a');
        $endpoint = static fn () => parse_url($url(), PHP_URL_HOST);
        putenv('S3T_ENDPOINT=http://process.example');
        self::assertSame('process.example', $endpoint());
        $_ENV['S3T_ENDPOINT'] = 'http://env.example';
        self::assertSame('env.example', $endpoint());
        $_SERVER['S3T_ENDPOINT'] = 'http://server.example';
        self::assertSame('server.example', $endpoint());
    }

    public function testAVariableIsFoundInAScriptThatNeverMentionsTheSuperglobals(): void
    {
        $result = Php::run(<<<'PHP'
            echo parse_url(s3_open(['endpoint' => '${S3T_ENDPOINT}'])->getPublicUrl('a'), PHP_URL_HOST);
            PHP, ['S3T_ENDPOINT' => 'http://inherited.example']);
        self::assertSame('inherited.example', $result->output, $result->errors);
    }

    /**
     * @dataProvider expansions
     */
    public function testVariablesExpandInValues(string $text, string $expected): void
    {
        $_SERVER['S3T_VALUE'] = 'value';
        $_SERVER['S3T_EMPTY'] = '';
        $s3 = $this->storage([], ['prefix' => $text]);
        self::assertStringEndsWith("/$expected/a", rawurldecode($s3->getPublicUrl('a')));
    }

    /** @return iterable<string, array{string, string}> */
    public static function expansions(): iterable
    {
        yield 'alone' => ['${S3T_VALUE}', 'value'];
        yield 'within text, twice' => ['a-${S3T_VALUE}-${S3T_VALUE}', 'a-value-value'];
        yield 'default of a missing one' => ['${S3T_MISSING:-other}', 'other'];
        yield 'default of an empty one' => ['${S3T_EMPTY:-other}', 'other'];
        yield 'default that is not needed' => ['${S3T_VALUE:-other}', 'value'];
        yield 'literal' => ['$${S3T_VALUE}', '${S3T_VALUE}'];
        yield 'no variable at all' => ['$5 {x}', '$5 {x}'];
    }

    public function testMissingVariableIsNamedWithItsKey(): void
    {
        foreach (['region', 'endpoint'] as $key) {
            $message = self::message($this->config([$key => '${S3T_MISSING}']));
            $told = "invalid configuration: servers.main.$key: the variable S3T_MISSING is not set (set it, or ";
            self::assertStringStartsWith($told, $message, 'and nothing else: what is wrong with "${…" follows from it');
        }
    }

    public function testMissingVariableOfATokenCountsAsAbsent(): void
    {
        $credentials = ['token' => '${S3T_MISSING}'] + self::section()['credentials'];
        $s3 = $this->storage(['credentials' => $credentials]);
        $s3->write('a', 'x');
        self::assertSame('x', $s3->read('a'));
    }

    public function testAnArrayValueOfASuperglobalIsNotAVariable(): void
    {
        $_SERVER['S3T_VALUE'] = ['not', 'text'];
        self::assertStringContainsString('S3T_VALUE', self::message($this->config(['region' => '${S3T_VALUE}'])));
    }

    public function testTheOnlyBucketIsTheDefault(): void
    {
        self::assertSame(['buckets' => ['files'], 'default' => 'files'], $this->storage()->listBuckets());
    }

    public function testOfSeveralBucketsNoneIsTheDefaultUntilOneIsNamed(): void
    {
        $config = $this->config();
        $config['buckets']['more'] = $config['buckets']['files'];
        self::assertNull((new S3Storage($config))->listBuckets()['default']);
        $exception = self::assertRefusedLocally('BUCKET_NOT_FOUND', fn () => (new S3Storage($config))->read('a'));
        self::assertStringContainsString('no default bucket is configured', $exception->getMessage());
        self::assertStringContainsString('known: files, more', $exception->getMessage());
        self::assertSame('more', (new S3Storage(['default' => 'more'] + $config))->listBuckets()['default']);
    }

    public function testServersWithoutBucketsAreEnough(): void
    {
        $s3 = new S3Storage(['buckets' => []] + $this->config());
        self::assertSame(['buckets' => [], 'default' => null], $s3->listBuckets());
    }

    public function testAtLeastOneServerIsRequired(): void
    {
        self::assertStringContainsString('servers: at least one server is required', self::message([]));
    }

    public function testAliasOfDigitsSurvivesPhpsArrayKeys(): void
    {
        $config = $this->config();
        $s3 = new S3Storage(['buckets' => ['2026' => $config['buckets']['files']]] + $config);
        self::assertSame(['buckets' => ['2026'], 'default' => '2026'], $s3->listBuckets());
        self::assertFalse($s3->bucket('2026')->exists('a'));
    }

    public function testNumbersAndSwitchesMayBeText(): void
    {
        $s3 = $this->storage(['max_attempts' => '2', 'read_timeout' => '1.5', 'path_style' => 'true']);
        self::assertFalse($s3->exists('a'));
    }

    public function testTheConfigurationOfTheCallerIsNotChanged(): void
    {
        $_SERVER['S3T_VALUE'] = 'us-east-1';
        $config = $copy = $this->config(['region' => '${S3T_VALUE}']);
        new S3Storage($config);
        self::assertSame($copy, $config);
    }

    public function testCredentialsOfTheEnvironmentServeAServerWithoutAny(): void
    {
        $_SERVER['AWS_ACCESS_KEY_ID'] = Environment::accessKey();
        putenv('AWS_SECRET_ACCESS_KEY=' . Environment::secretKey());
        self::assertFalse($this->storage(['credentials' => null])->exists('a'));
    }

    public function testWithoutEndpointTheRegionOfTheEnvironmentIsUsed(): void
    {
        $_SERVER['AWS_REGION'] = 'eu-central-1';
        $s3 = $this->storage(['endpoint' => null, 'region' => null, 'provider' => null], ['bucket' => 'photos']);
        $url = $s3->getPublicUrl('a');
        self::assertSame("https://photos.s3.eu-central-1.amazonaws.com/{$this->prefix}a", $url);
    }

    /**
     * An array that was given before is compared with what is known. Each change is made and taken back, so that a
     * mistaken likeness would be seen in both directions.
     *
     * @dataProvider changes
     * @param callable(array<string, mixed>): array<string, mixed> $change
     */
    public function testAnArrayThatDiffersAnywhereIsAnotherConfiguration(callable $change): void
    {
        $say = static function (array $config): string {
            try {
                $s3 = new S3Storage($config);
                $url = preg_replace('/Date=[^&]+|Signature=[^&]+/', '', $s3->presignGet('a')->url);
                return $url . json_encode($s3->listBuckets());
            } catch (S3Storage\Exception\S3Exception $exception) {
                return $exception->getMessage();
            }
        };
        $config = [
            'default' => 'one',
            'servers' => ['s' => [
                'endpoint' => 'http://known.example',
                'credentials' => ['key' => 'KEY', 'secret' => 'secret'],
                'read_timeout' => 1.0,
                'max_attempts' => 1,
                'path_style' => true,
            ]],
            'buckets' => [
                'one' => ['server' => 's', 'bucket' => 'b-1'],
                'two' => ['server' => 's', 'bucket' => 'b-2'],
            ],
        ];
        $changed = $change($config);
        $before = $say($config);
        self::assertSame($before, $say($config));
        $after = $say($changed);
        self::assertNotSame($before, $after);
        self::assertSame($before, $say($config));
        self::assertSame($after, $say($changed));
    }

    /** @return iterable<string, array{callable}> */
    public static function changes(): iterable
    {
        $set = static fn (array $change) => [static fn (array $config) => array_replace_recursive($config, $change)];
        yield 'a key' => $set(['servers' => ['s' => ['credentials' => ['key' => 'KEX']]]]);
        yield 'one more credential' => $set(['servers' => ['s' => ['credentials' => ['token' => 'token']]]]);
        yield 'a longer text' => $set(['buckets' => ['one' => ['bucket' => 'b-11']]]);
        yield 'a shorter text' => $set(['buckets' => ['one' => ['bucket' => 'b']]]);
        yield 'an int for text' => $set(['buckets' => ['one' => ['bucket' => 1]]]);
        yield 'a float of another sign' => $set(['servers' => ['s' => ['read_timeout' => -1.0]]]);
        yield 'true for 1' => $set(['servers' => ['s' => ['max_attempts' => true]]]);
        yield '1 for true' => $set(['servers' => ['s' => ['path_style' => 1]]]);
        yield 'an unknown key' => $set(['more' => null]);
        yield 'null' => $set(['buckets' => ['one' => null]]);
        yield 'an object' => $set(['buckets' => ['one' => new stdClass()]]);
        yield 'the order' => [static function (array $config): array {
            $config['buckets'] = array_reverse($config['buckets']);
            return $config;
        }];
        yield 'another key for a value' => [static function (array $config): array {
            $config['buckets']['six'] = $config['buckets']['two'];
            unset($config['buckets']['two']);
            return $config;
        }];
        yield 'a list for a table' => [static function (array $config): array {
            $config['buckets'] = array_values($config['buckets']);
            return $config;
        }];
    }

    public function testOneArrayServesEachProgramWithItsOwnCredentials(): void
    {
        $config = ['storage' => ['bucket' => 'b', 'endpoint' => 'http://x.example', 'region' => '${S3T_VALUE:-here}']];
        $scope = static function (string $key, string $region) use ($config): string {
            [$_SERVER['AWS_ACCESS_KEY_ID'], $_SERVER['AWS_SECRET_ACCESS_KEY']] = [$key, 'secret'];
            $_SERVER['S3T_VALUE'] = $region;
            parse_str((string) parse_url((new S3Storage($config))->presignGet('a')->url, PHP_URL_QUERY), $query);
            [$signer, , $region] = explode('/', $query['X-Amz-Credential']);
            return "$signer $region";
        };
        $programs = [['ONE', 'a'], ['TWO', 'a'], ['ONE', 'a'], ['ONE', 'b'], ['TWO', 'a'], ['ONE', '']];
        foreach ($programs as [$key, $region]) {
            self::assertSame($key . ' ' . ($region ?: 'here'), $scope($key, $region));
        }
    }

    public function testReferencesInAKnownArrayAreFollowed(): void
    {
        $config = $this->config();
        $bucket = 'first';
        $config['buckets']['files']['bucket'] = &$bucket;
        $path = static fn () => (string) parse_url((new S3Storage($config))->getPublicUrl('a'), PHP_URL_PATH);
        self::assertStringStartsWith('/first/', $path());
        self::assertStringStartsWith('/first/', $path());
        $bucket = 'second';
        self::assertStringStartsWith('/second/', $path());
    }

    public function testMakingAHandleNeedsNoServer(): void
    {
        $start = microtime(true);
        $this->storage(['endpoint' => SilentServer::full()->endpoint]);
        self::assertLessThan(2, microtime(true) - $start);
    }

    /** @param array<string, mixed> $config */
    private static function message(array $config): string
    {
        $exception = self::assertRefusedLocally('INVALID_CONFIG', static fn () => new S3Storage($config));
        return $exception->getMessage();
    }
}
