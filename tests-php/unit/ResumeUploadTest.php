<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use S3Storage;
use S3Storage\Upload;

/** Uploads that a process left half-way: taken up again, listed, aborted. */
final class ResumeUploadTest extends FileTestCase
{
    private const PART = 5 << 20;

    protected function tearDown(): void
    {
        if (!Environment::isMinio()) {
            $this->s3->abortUploads(0);
        }
        parent::tearDown();
    }

    /**
     * Uploads a file in a process of its own, which is killed when so many bytes were taken.
     *
     * @param array<string, mixed> $options
     * @param array<string, mixed>|null $config
     */
    private function killed(string $file, int $after, array $options = [], ?array $config = null): void
    {
        $options = var_export($options + ['partSize' => self::PART, 'concurrency' => 1, 'resume' => true], true);
        $config = var_export($config ?? $this->config(), true);
        $php = Php::run("
            \$kill = fn (int \$done) => \$done < $after || posix_kill(getmypid(), SIGKILL);
            (new S3Storage($config))->uploadFile('a', '$file', ...$options, ...['progress' => \$kill]);");
        self::assertSame(128 + SIGKILL, $php->exitCode, $php->errors . $php->output);
    }

    /** @param array<string, mixed> $options */
    private function resume(string $file, array $options = []): int
    {
        $before = $this->s3->stats()['files']['bytes_out'];
        $this->s3->uploadFile('a', $file, ...$options, ...['partSize' => self::PART, 'resume' => true]);
        return $this->s3->stats()['files']['bytes_out'] - $before;
    }

    public function testOnlyWhatIsMissingIsSentAfterAKill(): void
    {
        $content = self::bytes(42 * self::MIB);
        $file = $this->file($content);
        $this->killed($file, 20 * self::MIB);
        self::assertFalse($this->s3->exists('a'));
        $told = [];
        $sent = $this->resume($file, ['progress' => static function (int $done) use (&$told): void {
            $told[] = $done;
        }]);
        self::assertLessThanOrEqual(22 * self::MIB, $sent);
        self::assertGreaterThanOrEqual(20 * self::MIB, $told[0]);
        self::assertSame(42 * self::MIB, end($told));
        self::assertSameBytes($content, $this->s3->read('a'));
    }

    public function testTheServerIsAskedForNoPartTwice(): void
    {
        self::skipOnMinio('the access log is that of the embedded server');
        $server = Server::start();
        $file = $this->file(self::bytes(42 * self::MIB));
        $this->killed($file, 20 * self::MIB, [], $server->config());
        $first = $this->parts($server);
        $server->forgetRequests();
        (new S3Storage($server->config()))->uploadFile('a', $file, partSize: self::PART, resume: true);
        $second = $this->parts($server);
        self::assertGreaterThanOrEqual(4, count($first));
        self::assertLessThan(9, count($first));
        // The part that was under way when the process was killed may have been taken or not.
        self::assertLessThanOrEqual(1, count(array_intersect($first, $second)));
        self::assertEqualsCanonicalizing(range(1, 9), array_values(array_unique([...$first, ...$second])));
        $others = array_filter($server->requests(), static fn (array $request) => $request['method'] !== 'PUT');
        self::assertSame(['GET', 'GET', 'POST', 'HEAD'], array_column($others, 'method'));
    }

    /** @return list<int> the numbers of the parts that were sent */
    private function parts(Server $server): array
    {
        $parts = [];
        foreach ($server->requests() as $request) {
            if ($request['method'] === 'PUT' && $request['status'] === 200) {
                parse_str((string) parse_url($request['target'], PHP_URL_QUERY), $query);
                $parts[] = (int) $query['partNumber'];
            }
        }
        return $parts;
    }

    public function testNothingIsUsedOfAFileThatHasChanged(): void
    {
        $content = self::bytes(22 * self::MIB);
        $file = $this->file($content);
        $this->killed($file, 10 * self::MIB);
        $content[7 * self::MIB] = $content[7 * self::MIB] === 'x' ? 'y' : 'x';
        $this->file($content);
        self::assertSame(22 * self::MIB, $this->resume($file));
        self::assertSameBytes($content, $this->s3->read('a'));
        if (!Environment::isMinio()) {
            self::assertCount(1, $this->s3->listUploads(), 'what does not match may be another process\'s');
        }
    }

    public function testAnotherPartSizeIsTakenOver(): void
    {
        $content = self::bytes(25 * self::MIB);
        $file = $this->file($content);
        $this->killed($file, 12 * self::MIB, ['partSize' => 6 * self::MIB]);
        self::assertLessThanOrEqual(13 * self::MIB, $this->resume($file));
        self::assertSameBytes($content, $this->s3->read('a'));
    }

    public function testACallWithoutResumeLeavesWhatOthersHaveLeft(): void
    {
        $file = $this->file(self::bytes(12 * self::MIB));
        $this->killed($file, 5 * self::MIB);
        $this->s3->uploadFile('a', $file, partSize: self::PART);
        self::assertLessThanOrEqual(7 * self::MIB, $this->resume($file));
    }

    public function testAnObjectThatIsDescribedOtherwiseThanAskedForIsAnError(): void
    {
        $file = $this->file(self::bytes(12 * self::MIB));
        $this->killed($file, 5 * self::MIB, ['contentType' => 'text/old', 'metadata' => ['k' => 'old']]);
        $call = fn () => $this->resume($file, ['contentType' => 'text/new', 'metadata' => ['K' => 'new']]);
        $exception = self::assertFails('S3_OPERATION_FAILED', $call);
        $expected = 'with the contentType, metadata of the earlier upload that was resumed';
        self::assertStringContainsString($expected, $exception->getMessage());
        self::assertSame('text/old', $this->s3->getMetadata('a')->mimeType);
    }

    public function testTagsBeginAnUploadAnew(): void
    {
        self::skipOnMinio('tags of a write are tested on the embedded server');
        $file = $this->file(self::bytes(12 * self::MIB));
        $this->killed($file, 5 * self::MIB);
        self::assertSame(12 * self::MIB, $this->resume($file, ['options' => ['tags' => ['a' => 'b']]]));
    }

    public function testUploadsAreListedAndAbortedByAge(): void
    {
        self::skipOnMinio('lists uploads by a whole key only');
        $file = $this->file(self::bytes(12 * self::MIB));
        $this->killed($file, 5 * self::MIB);
        $uploads = $this->s3->listUploads();
        self::assertContainsOnlyInstancesOf(Upload::class, $uploads);
        self::assertSame('a', $uploads[0]->pathname);
        self::assertEqualsWithDelta(time(), $uploads[0]->initiated, 60);
        self::assertSame([], $this->s3->listUploads('b'));
        self::assertSame(0, $this->s3->abortUploads(3600));
        self::assertSame(0, $this->s3->abortUploads(new DateTimeImmutable('-1 hour')));
        self::assertSame(0, $this->s3->abortUploads(0, 'b'));
        self::assertSame(1, $this->s3->abortUploads(new DateTimeImmutable('+1 minute'), 'a'));
        self::assertSame([], $this->s3->listUploads());
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->abortUploads(-1));
    }

    public function testWhereUploadsCannotBeListedTheCallSaysSo(): void
    {
        $minio = $this->storage(['provider' => 'minio']);
        foreach ([fn () => $minio->listUploads(), fn () => $minio->abortUploads(0)] as $call) {
            self::assertRefusedLocally('UNSUPPORTED', $call);
        }
    }

    public function testAnAbortThatFailsIsInTheResult(): void
    {
        $upload = fn (string $key) => "<Upload><Key>$this->prefix$key</Key><UploadId>id</UploadId>"
            . '<Initiated>2020-01-01T00:00:00Z</Initiated></Upload>';
        $listing = '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>' . $upload('a') . $upload('b')
            . '</ListMultipartUploadsResult>';
        $faults = new FaultServer([
            FaultServer::answer(200, $listing), FaultServer::answer(204), FaultServer::error(403, 'AccessDenied'),
        ]);
        $s3 = $this->storage(['endpoint' => $faults->endpoint, 'provider' => 'generic']);
        $exception = self::assertFails('BATCH_FAILED', static fn () => $s3->abortUploads(0));
        self::assertSame(['a'], $exception->getResult()->succeeded);
        self::assertSame('b', $exception->getResult()->failed[0]->pathname);
    }
}
