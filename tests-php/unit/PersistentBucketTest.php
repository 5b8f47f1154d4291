<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** Buckets that are registered for the process. Each test has a prefix of its own, and so a configuration of its own. */
final class PersistentBucketTest extends StorageTestCase
{
    public function testEveryHandleOfTheSameConfigurationKnowsIt(): void
    {
        $before = $this->storage();
        $this->s3->registerBucket('late', 'main', Environment::bucket(), $this->prefix . 'late', persistent: true);
        $after = $this->storage();
        foreach ([$before, $before->bucket('files'), $this->s3, $after] as $s3) {
            self::assertSame(['buckets' => ['files', 'late'], 'default' => 'files'], $s3->listBuckets());
            self::assertArrayHasKey('late', $s3->stats());
        }
        $before->bucket('late')->write('a', 'x');
        self::assertSame('x', $after->read('late/a'));
        $after->copy('late/a', 'b', destinationBucket: 'late');
        self::assertSame('x', $this->s3->bucket('late')->read('b'));
    }

    public function testItIsRegisteredOnce(): void
    {
        $register = fn (bool $persistent) => $this->storage()
            ->registerBucket('late', 'main', Environment::bucket(), persistent: $persistent);
        $register(true);
        foreach ([true, false] as $persistent) {
            self::assertRefusedLocally('BUCKET_ALREADY_EXISTS', fn () => $register($persistent));
        }
        $taken = fn () => $this->s3->registerBucket('files', 'main', 'bucket', persistent: true);
        self::assertRefusedLocally('BUCKET_ALREADY_EXISTS', $taken);
    }

    public function testAnotherConfigurationDoesNotKnowIt(): void
    {
        $this->s3->registerBucket('late', 'main', Environment::bucket(), persistent: true);
        $others = [
            'credentials' => $this->storage(['credentials' => ['key' => 'other', 'secret' => 'other']]),
            'a timeout' => $this->storage(['read_timeout' => 31]),
            'a bucket' => $this->storage([], ['visibility' => 'public']),
            'the default' => new S3Storage(['buckets' => ['more' => $this->bucketSection()]] + $this->config()),
        ];
        foreach ($others as $what => $other) {
            self::assertNotContains('late', $other->listBuckets()['buckets'], $what);
            self::assertRefusedLocally('BUCKET_NOT_FOUND', static fn () => $other->bucket('late'));
            $other->registerBucket('late', 'main', 'another', persistent: true);
            self::assertStringContainsString('/another/', $other->bucket('late')->getPublicUrl('a'), $what);
        }
        self::assertStringNotContainsString('/another/', $this->s3->bucket('late')->getPublicUrl('a'));
    }

    public function testItOutlivesTheRequest(): void
    {
        $server = BuiltInServer::start(
            '$config = ' . var_export($this->config(), true) . ';
            if ($_SERVER["REQUEST_URI"] === "/other") {
                $config["servers"]["main"]["credentials"]["key"] = "other";
            }
            $s3 = new S3Storage($config);
            try {
                match ($_SERVER["REQUEST_URI"]) {
                    "/keep" => $s3->registerBucket("kept", "main", "' . Environment::bucket() . '", "'
                        . $this->prefix . 'kept", persistent: true),
                    "/register" => $s3->registerBucket("gone", "main", "bucket"),
                    "/write" => $s3->bucket("kept")->write("a", (string) getmypid()),
                    "/list", "/other" => null,
                };
                echo implode(" ", $s3->listBuckets()["buckets"]);
            } catch (S3Storage\Exception\S3Exception $e) {
                echo $e->getErrorCode();
            }'
        );
        try {
            self::assertSame('BUCKET_NOT_FOUND', $server->get('/write'));
            self::assertSame('files kept', $server->get('/keep'));
            self::assertSame('files gone kept', $server->get('/register'));
            self::assertSame('files kept', $server->get('/list'), 'what belongs to a request ends with it');
            self::assertSame('files kept', $server->get('/write'));
            self::assertSame('files', $server->get('/other'), 'another configuration');
            self::assertSame('BUCKET_ALREADY_EXISTS', $server->get('/keep'));
        } finally {
            $server->stop();
        }
        self::assertNotSame('', $this->s3->read('kept/a'));
        self::assertSame(['files'], $this->s3->listBuckets()['buckets'], 'another process');
    }

    public function testAForkedChildHasWhatItsParentHad(): void
    {
        $result = Php::run(
            '$config = ' . var_export($this->config(), true) . ';
            (new S3Storage($config))->registerBucket("kept", "main", "bucket", persistent: true);
            if (pcntl_fork() === 0) {
                $s3 = new S3Storage($config);
                $s3->registerBucket("own", "main", "bucket", persistent: true);
                echo implode(" ", (new S3Storage($config))->listBuckets()["buckets"]), "\n";
                exit;
            }
            pcntl_wait($status);
            echo implode(" ", (new S3Storage($config))->listBuckets()["buckets"]), "\n";'
        );
        self::assertSame(["files kept own\nfiles kept\n", ''], [$result->output, $result->errors]);
    }

    public function testThereIsAnEndToHowManyAProcessKeeps(): void
    {
        $result = Php::run(
            '$s3 = new S3Storage(' . var_export($this->config(), true) . ');
            try {
                for ($i = 0; $i < 2000; $i++) {
                    $s3->registerBucket("kept-$i", "main", "bucket", persistent: true);
                }
            } catch (S3Storage\Exception\InvalidArgumentException $e) {
                echo $i, " ", $e->getMessage(), "\n";
            }
            $s3->registerBucket("another", "main", "bucket");
            echo count($s3->listBuckets()["buckets"]);'
        );
        self::assertSame('', $result->errors);
        self::assertStringStartsWith('1024 this process keeps 1024 persistent buckets already; ', $result->output);
        self::assertStringEndsWith("\n1026", $result->output);
    }
}
