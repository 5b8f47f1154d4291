<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/**
 * What a process does not pay for as long as it does not need it: certificates and threads. And what is on the
 * disk before something else is let go of.
 */
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

    public function testBytesThatReplaceAFileAreOnTheDiskBeforeItIsLetGoOf(): void
    {
        $server = Server::start();
        $calls = self::trace($server->section(), '
            $s3->write("d/new", "content");
            $folder = sys_get_temp_dir() . "/s3storage-landing-" . getmypid();
            mkdir($folder);
            $one = fn () => $s3->downloadFile("d/new", "$folder/new");
            $all = fn () => $s3->downloadDirectory("d", $folder);
            foreach ([$one, $all] as $call) {
                @unlink("$folder/new");
                $call();
                @mkdir("$folder/between");
                rmdir("$folder/between");
                touch("$folder/new", 1);
                $call();
                @mkdir("$folder/between");
                rmdir("$folder/between");
            }
            file_get_contents("$folder/new") === "content" || exit(3);
            unlink("$folder/new");
            rmdir($folder);', 'fdatasync,fsync');
        $expected = ['renamed', 'between', 'on the disk', 'renamed', 'between'];
        self::assertSame([...$expected, ...$expected], $calls->inOrder([
            'on the disk' => '/\bf(data)?sync(\(\d+\)| resumed>.*) += 0$/',
            'renamed' => '~\brename(at2?)?\(.*[/"]new"(, \w+)?\) += 0$~',
            'between' => '~\bmkdir(at)?\(.*/between", ~',
        ]));
        $server->stop();
    }

    public function testAPartIsOnTheDiskBeforeTheJournalNamesIt(): void
    {
        $server = Server::start();
        $calls = self::trace($server->section(), '
            $s3->write("large", str_repeat("x", 12 << 20));
            $file = (string) tempnam(sys_get_temp_dir(), "s3storage-large-");
            unlink($file);
            $s3->downloadFile("large", $file, partSize: 5 << 20, concurrency: 1, resume: true);
            filesize($file) === 12 << 20 || exit(3);
            unlink($file);', 'fdatasync,fsync,write');
        $part = ['on the disk', 'named'];
        self::assertSame([...$part, ...$part, ...$part], $calls->inOrder([
            'on the disk' => '/\bf(data)?sync(\(\d+\)| resumed>.*) += 0$/',
            'named' => '/\bwrite\(\d+, "\d+ done\\\\n", /',
        ]));
        $server->stop();
    }

    /** @param array<string, mixed> $section */
    private static function trace(array $section, string $code, string $more = ''): SystemCalls
    {
        $config = ['servers' => ['own' => $section],
            'buckets' => ['files' => ['server' => 'own', 'bucket' => Server::BUCKET]]];
        return SystemCalls::of('$s3 = new S3Storage(' . var_export($config, true) . ");$code", $more);
    }
}
