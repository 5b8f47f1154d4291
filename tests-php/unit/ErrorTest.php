<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage\Exception\S3Exception;
use S3Storage\Exception\TimeoutException;

/** What is said when it goes wrong: the code, the message, where it happened, and never a secret. */
final class ErrorTest extends StorageTestCase
{
    private const NO_BUCKET = ['bucket' => 'no-such-bucket-here'];

    public function testWrongSecretIsPermissionDenied(): void
    {
        $credentials = ['key' => Environment::accessKey(), 'secret' => 'CANARY-wrong'];
        $s3 = $this->storage(['credentials' => $credentials]);
        $e = self::assertFails('PERMISSION_DENIED', static fn () => $s3->read('a.txt'));
        self::assertSame('SignatureDoesNotMatch', $e->getAwsErrorCode());
        $reason = 'the signature does not fit: a wrong secret key, or a proxy that changes requests';
        $this->assertAnswered($e, "read a.txt: $reason", 403);
        self::assertStringNotContainsString('CANARY', (string) $e);
    }

    public function testUnknownAccessKeyIsPermissionDenied(): void
    {
        $s3 = $this->storage(['credentials' => ['key' => 'UNKNOWNKEY', 'secret' => 'CANARY-secret']]);
        $e = self::assertFails('PERMISSION_DENIED', static fn () => $s3->write('a.txt', 'x'));
        self::assertSame('InvalidAccessKeyId', $e->getAwsErrorCode());
        $this->assertAnswered($e, 'write a.txt: the server does not know the access key', 403);
        self::assertStringNotContainsString('CANARY', (string) $e);
    }

    public function testWithoutCredentialsThePlacesThatWereLookedAtAreNamed(): void
    {
        $home = sys_get_temp_dir() . '/s3storage-home-' . bin2hex(random_bytes(4));
        mkdir($home);
        $result = Php::run(<<<'PHP'
            try {
                s3_open(['credentials' => null])->read('a.txt');
            } catch (S3Storage\Exception\PermissionDeniedException $e) {
                echo $e->getAttempts(), ' ', $e->getMessage();
            }
            PHP, ['HOME' => $home, 'AWS_EC2_METADATA_DISABLED' => 'true']);
        rmdir($home);
        self::assertStringStartsWith('0 read a.txt: no credentials: looked at: ', $result->output, $result->errors);
        foreach (['key `credentials`', 'AWS_ACCESS_KEY_ID', 'profile', 'ECS', 'EC2'] as $place) {
            self::assertStringContainsString($place, $result->output);
        }
    }

    public function testMissingObjectIsFileNotFoundInEveryOperationThatNeedsOne(): void
    {
        $e = self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('missing.txt'));
        self::assertSame('NoSuchKey', $e->getAwsErrorCode());
        $this->assertAnswered($e, 'read missing.txt: no such object', 404);
        $calls = [
            'read missing.txt' => fn () => $this->s3->readObject('missing.txt'),
            'metadata of missing.txt' => fn () => $this->s3->getMetadata('missing.txt'),
            'copy missing.txt to b' => fn () => $this->s3->copy('missing.txt', 'b'),
            'move missing.txt to b' => fn () => $this->s3->move('missing.txt', 'b'),
        ];
        if (!Environment::isMinio()) {
            $calls['visibility of missing.txt'] = fn () => $this->s3->getVisibility('missing.txt');
            $calls['set visibility of missing.txt'] = fn () => $this->s3->setVisibility('missing.txt', 'public');
        }
        foreach ($calls as $operation => $call) {
            $e = self::assertFails('FILE_NOT_FOUND', $call);
            self::assertStringStartsWith("$operation: no such object (", $e->getMessage());
            self::assertSame(1, $e->getAttempts());
        }
    }

    public function testMissingBucketIsBucketNotFoundInEveryOperation(): void
    {
        $e = self::assertFails('BUCKET_NOT_FOUND', fn () => $this->storage([], self::NO_BUCKET)->read('a.txt'));
        self::assertSame('NoSuchBucket', $e->getAwsErrorCode());
        $this->assertAnswered($e, 'read a.txt: no such bucket on the server', 404);
        $calls = [
            'write' => static fn ($s3) => $s3->write('a', 'x'),
            'exists' => static fn ($s3) => $s3->exists('a'),
            'getMetadata' => static fn ($s3) => $s3->getMetadata('a'),
            'delete' => static fn ($s3) => $s3->delete('a'),
            'copy' => static fn ($s3) => $s3->copy('a', 'b'),
            'move' => static fn ($s3) => $s3->move('a', 'b'),
            'list' => static fn ($s3) => iterator_to_array($s3->list()),
            'listPage' => static fn ($s3) => $s3->listPage(),
        ];
        if (!Environment::isMinio()) {
            $calls['getVisibility'] = static fn ($s3) => $s3->getVisibility('a');
            $calls['setVisibility'] = static fn ($s3) => $s3->setVisibility('a', 'public');
        }
        foreach ($calls as $call) {
            self::assertFails('BUCKET_NOT_FOUND', fn () => $call($this->storage([], self::NO_BUCKET)));
        }
    }

    public function testAClosedPortFailsQuicklyAfterTheConfiguredAttempts(): void
    {
        $endpoint = SilentServer::closedPort();
        foreach ([1, 3] as $attempts) {
            $s3 = $this->storage(['endpoint' => $endpoint, 'max_attempts' => $attempts]);
            $start = microtime(true);
            $e = self::assertFails('CONNECTION_FAILED', static fn () => $s3->write('a.txt', 'x'));
            self::assertLessThan(10.0, microtime(true) - $start);
            self::assertSame($attempts, $e->getAttempts());
            self::assertTrue($e->isRetryable());
            self::assertNull($e->getAwsErrorCode());
            self::assertNull($e->getRequestId());
            self::assertStringStartsWith('write a.txt: ', $e->getMessage());
            self::assertStringContainsString('refused', $e->getMessage());
        }
    }

    public function testAnUnknownHostIsConnectionFailed(): void
    {
        $s3 = $this->storage(['endpoint' => 'http://no-such-host.invalid', 'max_attempts' => 1]);
        $e = self::assertFails('CONNECTION_FAILED', static fn () => $s3->read('a'));
        self::assertSame(1, $e->getAttempts());
    }

    public function testASilentServerIsATimeoutAfterReadTimeout(): void
    {
        $server = SilentServer::accepting();
        foreach ([1, 2] as $attempts) {
            $s3 = $this->storage(['endpoint' => $server->endpoint, 'read_timeout' => 0.5,
                'connect_timeout' => 20, 'max_attempts' => $attempts]);
            $start = microtime(true);
            $e = self::assertFails('TIMEOUT', static fn () => $s3->read('a.txt'));
            $seconds = microtime(true) - $start;
            self::assertGreaterThan(0.48 * $attempts, $seconds);
            self::assertLessThan(10.0, $seconds);
            self::assertSame($attempts, $e->getAttempts());
            self::assertTrue($e->isRetryable());
            self::assertStringStartsWith('read a.txt: no answer within read_timeout (500ms)', $e->getMessage());
        }
    }

    public function testAWholeOperationEndsAfterOperationTimeout(): void
    {
        $server = SilentServer::accepting();
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'operation_timeout' => 0.3]);
        $start = microtime(true);
        $e = self::assertFails('TIMEOUT', static fn () => $s3->exists('a.txt'));
        self::assertLessThan(10.0, microtime(true) - $start);
        self::assertStringStartsWith('exists a.txt: operation_timeout passed', $e->getMessage());
    }

    public function testAServerThatTakesNoConnectionFailsAfterConnectTimeout(): void
    {
        $server = SilentServer::full();
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'connect_timeout' => 0.3, 'max_attempts' => 1]);
        $start = microtime(true);
        $e = self::assertFails('CONNECTION_FAILED', static fn () => $s3->read('a.txt'));
        $seconds = microtime(true) - $start;
        self::assertGreaterThan(0.28, $seconds);
        self::assertLessThan(2.5, $seconds, 'the default is 3 s');
        self::assertStringStartsWith('read a.txt: no connection within connect_timeout (300ms)', $e->getMessage());
        self::assertSame(1, $e->getAttempts());
        self::assertTrue($e->isRetryable());
    }

    public function testContentThatStallsIsATimeout(): void
    {
        $whole = FaultServer::answer(200, str_repeat('x', 1000));
        $server = new FaultServer([substr($whole, 0, -500)], stalls: true);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'read_timeout' => 0.3, 'max_attempts' => 1]);
        $e = self::assertFails('TIMEOUT', static fn () => $s3->read('a.txt'));
        self::assertStringStartsWith('read a.txt: no byte within read_timeout', $e->getMessage());
        self::assertSame(1, $e->getAttempts());
    }

    public function testContentThatIsCutShortIsNeverReturned(): void
    {
        $whole = FaultServer::answer(200, str_repeat('x', 1000));
        $server = new FaultServer([substr($whole, 0, -1)]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1]);
        $e = self::assertFails('CONNECTION_FAILED', static fn () => $s3->read('a.txt'));
        self::assertStringStartsWith('read a.txt: ', $e->getMessage());
        self::assertTrue($e->isRetryable());
    }

    public function testAServerThatAsksToSlowDownIsTriedAsOftenAsConfigured(): void
    {
        $server = new FaultServer([FaultServer::error(503, 'SlowDown', 'Please reduce your request rate.')]);
        $s3 = $this->storage(['endpoint' => $server->endpoint]);
        $e = self::assertFails('THROTTLED', static fn () => $s3->write('a.txt', 'x'));
        self::assertSame(3, $e->getAttempts());
        self::assertCount(3, $server->requests());
        self::assertTrue($e->isRetryable());
        self::assertSame('Please reduce your request rate.', $e->getDetails());
        $message = 'write a.txt: the server asked to slow down (SlowDown, 503, request id FAULT-1): Please reduce';
        self::assertStringStartsWith($message, $e->getMessage());
    }

    public function testAFailureThatPassesIsNotSeen(): void
    {
        $server = new FaultServer([FaultServer::error(500, 'InternalError'), FaultServer::answer(200, 'content')]);
        self::assertSame('content', $this->storage(['endpoint' => $server->endpoint])->read('a.txt'));
        self::assertCount(2, $server->requests());
    }

    public function testAnAnswerThatIsNotS3IsAnErrorAndNotShownInFull(): void
    {
        $server = new FaultServer([FaultServer::answer(200, '<html>' . str_repeat("hello\n", 10_000))]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1]);
        $e = self::assertFails('S3_OPERATION_FAILED', static fn () => $s3->listPage());
        self::assertLessThan(1000, strlen($e->getMessage()));
        self::assertStringNotContainsString("\n", $e->getMessage());
    }

    public function testWordsOfTheServerCannotForgeLines(): void
    {
        $server = new FaultServer([FaultServer::error(400, 'Odd', "first\nFATAL: second\x1b[31m")]);
        $s3 = $this->storage(['endpoint' => $server->endpoint, 'max_attempts' => 1]);
        $e = self::assertFails('S3_OPERATION_FAILED', static fn () => $s3->read('a.txt'));
        self::assertStringNotContainsString("\n", $e->getMessage());
        self::assertStringNotContainsString("\x1b", $e->getMessage() . $e->getDetails());
    }

    public function testAnExceptionPointsToTheCallThatFailed(): void
    {
        $line = 0;
        $e = self::assertFails('FILE_NOT_FOUND', function () use (&$line): void {
            $line = __LINE__ + 1;
            $this->s3->read('missing.txt');
        });
        self::assertSame(__FILE__, $e->getFile());
        self::assertSame($line, $e->getLine());
        self::assertSame(['read', 'S3Storage', '->'], array_values(array_intersect_key(
            $e->getTrace()[0],
            ['function' => 1, 'class' => 1, 'type' => 1],
        )));
        self::assertSame($line, $e->getTrace()[0]['line']);
        self::assertNull($e->getPrevious());
        self::assertSame(0, $e->getCode());
        self::assertStringContainsString($e->getMessage(), (string) $e);
    }

    public function testAnExceptionDuringCleanUpKeepsTheFirstAsPrevious(): void
    {
        try {
            try {
                $this->s3->read('first');
            } finally {
                $this->s3->read('second');
            }
        } catch (S3Exception $e) {
            self::assertStringStartsWith('read second', $e->getMessage());
            self::assertStringStartsWith('read first', (string) $e->getPrevious()?->getMessage());
        }
    }

    public function testAHandleWorksOnAfterEveryKindOfFailure(): void
    {
        $config = $this->config();
        $config['default'] = 'files';
        $silent = SilentServer::accepting();
        $config['servers']['silent'] = ['endpoint' => $silent->endpoint, 'read_timeout' => 0.1, 'max_attempts' => 1]
            + self::section();
        $config['buckets']['silent'] = ['server' => 'silent'] + $config['buckets']['files'];
        $s3 = new \S3Storage($config);
        for ($i = 0; $i < 3; $i++) {
            $s3->write('a', "$i");
            self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('missing'));
            self::assertFails('TIMEOUT', static fn () => $s3->bucket('silent')->read('a'));
            self::assertSame("$i", $s3->read('a'));
        }
        $this->expectException(TimeoutException::class);
        $s3->copy('a', 'a', 'silent');
    }

    /**
     * @dataProvider placesOfFailure
     */
    public function testNoSecretIsPrintable(string $call): void
    {
        $code = <<<'PHP'
            $config = s3_config(['credentials' => ['key' => 'CANARY-KEY', 'secret' => 'CANARY-SECRET',
                'token' => 'CANARY-TOKEN']]);
            $s3 = $e = null;
            try {
                CALL
            } catch (S3Storage\Exception\S3Exception $e) {
            }
            unset($config);
            foreach ([$s3, $s3?->bucket('files'), $s3?->list(), $e] as $thing) {
                var_dump($thing, (array) $thing);
                print_r($thing);
                var_export((array) $thing);
                echo json_encode($thing), json_encode((array) $thing);
                try {
                    echo serialize($thing);
                } catch (Exception $refused) {
                    echo get_class($refused), $refused->getMessage();
                }
                if (is_object($thing)) {
                    echo new ReflectionObject($thing);
                    foreach ((new ReflectionObject($thing))->getProperties() as $property) {
                        var_dump($property->isInitialized($thing) ? $property->getValue($thing) : null);
                    }
                    var_dump(get_object_vars($thing), get_mangled_object_vars($thing));
                }
            }
            echo $e, $e?->getTraceAsString(), $e?->getDetails();
            var_dump($e?->getTrace());
            echo $e === null ? "SUCCEEDED" : "FAILED";
            phpinfo(INFO_MODULES);
            PHP;
        $result = Php::run(str_replace('CALL', $call, $code));
        self::assertSame(0, $result->exitCode, $result->errors);
        self::assertStringContainsString('FAILED', $result->output);
        self::assertStringNotContainsString('CANARY', $result->output);
        self::assertStringNotContainsString('CANARY', $result->errors);
    }

    /** @return iterable<string, array{string}> */
    public static function placesOfFailure(): iterable
    {
        yield 'the constructor' => ['$config["servers"]["main"]["regoin"] = "x"; $s3 = new S3Storage($config);'];
        yield 'a request' => ['$s3 = new S3Storage($config); $s3->read("a");'];
        yield 'an option' => ['$s3 = new S3Storage($config); $s3->write("a", "x", options: ["x" => 1]);'];
        yield 'signing' => ['$s3 = new S3Storage($config); $s3->presignGet("a", -1);'];
        yield 'a closed port' => [
            '$config["servers"]["main"]["endpoint"] = "http://127.0.0.1:9";'
                . '$s3 = new S3Storage($config); $s3->read("a");',
        ];
    }

    private function assertAnswered(S3Exception $e, string $start, int $status): void
    {
        self::assertStringStartsWith("$start ({$e->getAwsErrorCode()}, $status, request id ", $e->getMessage());
        self::assertSame(1, $e->getAttempts());
        self::assertFalse($e->isRetryable());
        self::assertNotSame('', (string) $e->getRequestId());
        self::assertStringContainsString("request id {$e->getRequestId()})", $e->getMessage());
        self::assertStringEndsWith($e->getDetails() === '' ? ')' : "): {$e->getDetails()}", $e->getMessage());
    }
}
