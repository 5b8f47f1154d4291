<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Connections are kept, and replaced without a word when the server closed them. */
final class KeepAliveTest extends StorageTestCase
{
    public function testFiftyCallsUseOneConnection(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        for ($i = 0; $i < 10; $i++) {
            $s3->write('a', "$i");
            self::assertSame("$i", $s3->read('a'));
            self::assertTrue($s3->exists('a'));
            self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('missing'));
            self::assertCount(1, $s3->listPage()->objects);
        }
        $requests = $server->requests();
        self::assertCount(50, $requests);
        self::assertCount(1, array_unique(array_column($requests, 'connection')));
        $server->stop();
    }

    /** @return iterable<string, array{callable(): Server}> */
    public static function servers(): iterable
    {
        yield 'http' => [Server::start(...)];
        yield 'https' => [Server::startTls(...)];
    }

    /**
     * @dataProvider servers
     * @param callable(): Server $start
     */
    public function testAThousandMixedCallsUseOneConnection(callable $start): void
    {
        $server = $start();
        $s3 = new S3Storage($server->config());
        for ($i = 0; $i < 100; $i++) {
            $s3->write('a', str_repeat("$i", 3_000));
            $s3->write('b', '');
            self::assertSame(str_repeat("$i", 3_000), $s3->read('a'));
            self::assertSame("$i", $s3->read('a', 0, strlen("$i")));
            self::assertSame(0, $s3->getMetadata('b')->size);
            self::assertFails('FILE_NOT_FOUND', static fn () => $s3->read('missing'));
            self::assertCount(2, $s3->listPage()->objects);
            $s3->delete('b');
            self::assertFalse($s3->exists('b'));
            $s3->delete('missing');
        }
        $requests = $server->requests();
        self::assertCount(1_000, $requests);
        self::assertCount(1, array_unique(array_column($requests, 'connection')));
        $server->stop();
    }

    public function testHandlesOfTheSameServerShareTheirConnection(): void
    {
        $server = Server::start();
        for ($i = 0; $i < 5; $i++) {
            $s3 = new S3Storage($server->config([], ['prefix' => "tenant-$i"]));
            $s3->write('a', 'x');
            $s3->bucket('files')->read('a');
            unset($s3);
        }
        self::assertCount(10, $server->requests());
        self::assertCount(1, array_unique(array_column($server->requests(), 'connection')));
        $server->stop();
    }

    public function testOtherCredentialsNeverShareAClient(): void
    {
        $server = Server::start();
        (new S3Storage($server->config()))->write('a', 'x');
        $credentials = ['key' => Server::ACCESS_KEY, 'secret' => 'wrong'];
        $wrong = new S3Storage($server->config(['credentials' => $credentials]));
        self::assertFails('PERMISSION_DENIED', static fn () => $wrong->read('a'));
        self::assertSame('x', (new S3Storage($server->config()))->read('a'));
        $server->stop();
    }

    public function testAReadThatIsNotFinishedDoesNotSpoilTheConnection(): void
    {
        $this->s3->write('a', str_repeat('x', 1 << 20));
        for ($i = 0; $i < 5; $i++) {
            self::assertSame('xxx', $this->s3->read('a', $i, 3));
            self::assertTrue($this->s3->exists('a'));
        }
    }

    public function testAConnectionThatTheServerClosedIsReplacedUnnoticed(): void
    {
        $server = Server::start('--idle-timeout', '1');
        $s3 = new S3Storage($server->config(['max_attempts' => 1]));
        $rounds = Environment::isLong() ? 100 : 8;
        $calls = [
            static fn (int $i) => $s3->write('a', "content $i"),
            static fn () => $s3->read('a'),
            static fn () => $s3->getMetadata('a'),
        ];
        for ($i = 0; $i < $rounds; $i++) {
            $calls[$i % 3]($i);
            usleep(1_100_000);
        }
        $requests = $server->requests();
        self::assertCount($rounds, $requests, 'nothing was sent twice');
        self::assertSame([200], array_values(array_unique(array_column($requests, 'status'))));
        self::assertCount($rounds, array_unique(array_column($requests, 'connection')), 'each was closed in between');
        $server->stop();
    }

    public function testAServerThatComesBackIsUsedAgain(): void
    {
        $server = Server::start();
        $port = (string) parse_url($server->endpoint, PHP_URL_PORT);
        $s3 = new S3Storage($server->config(['max_attempts' => 1]));
        $s3->write('a', 'x');
        $server->stop();
        self::assertFails('CONNECTION_FAILED', static fn () => $s3->read('a'));
        $again = Server::start('--port', $port);
        self::assertFalse($s3->exists('a'));
        $s3->write('a', 'y');
        self::assertSame('y', $s3->read('a'));
        $again->stop();
    }
}
