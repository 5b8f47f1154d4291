<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/** What a process does not pay for as long as it does not need it: certificates and threads. */
final class SystemCallsTest extends TestCase
{
    private const EVERY_KIND_OF_CALL = '
        $s3->write("a", "content");
        $s3->read("a") === "content" || exit(3);
        $s3->getMetadata("a");
        $s3->exists("missing");
        iterator_count($s3->list()) === 1 || exit(4);
        $s3->copy("a", "b");
        $s3->presignGet("a");
        $s3->presignPut("a");
        $s3->presignPost("a");
        $s3->getPublicUrl("a");
        $s3->delete("b");';

    public function testPlainHttpReadsNoCertificateAndStartsNoThread(): void
    {
        $server = Server::start();
        $calls = self::trace($server->section(), self::EVERY_KIND_OF_CALL);
        self::assertCount(7, $server->requests(), 'the calls were made');
        self::assertContains(Environment::extension(), $calls->files(), 'strace saw the process');
        self::assertSame([], $calls->certificates());
        self::assertSame([], $calls->threads());
        $server->stop();
    }

    /** The proof that certificates are seen: https reads them, before it finds that nobody vouches for the server. */
    public function testHttpsReadsTheCertificatesOfTheSystem(): void
    {
        $server = Server::start();
        $section = ['endpoint' => str_replace('http://', 'https://', $server->endpoint), 'max_attempts' => 1];
        $calls = self::trace($section + $server->section(), '
            try {
                $s3->read("a");
                exit(5);
            } catch (S3Storage\Exception\ConnectionFailedException) {
            }');
        self::assertNotSame([], $calls->certificates());
        $server->stop();
    }

    /** The proof that threads are seen: the look-up of a name may block, so it has one. */
    public function testALookUpOfANameIsSeenToStartAThread(): void
    {
        $server = Server::start();
        $section = ['endpoint' => str_replace('127.0.0.1', 'localhost', $server->endpoint)];
        $calls = self::trace($section + $server->section(), '$s3->exists("a");');
        self::assertNotSame([], $calls->threads());
        self::assertSame([], $calls->certificates());
        $server->stop();
    }

    /** @param array<string, mixed> $section */
    private static function trace(array $section, string $code): SystemCalls
    {
        $config = ['servers' => ['own' => $section],
            'buckets' => ['files' => ['server' => 'own', 'bucket' => Server::BUCKET]]];
        return SystemCalls::of('$s3 = new S3Storage(' . var_export($config, true) . ");$code");
    }
}
