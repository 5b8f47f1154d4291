<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use S3Storage;
use S3Storage\Exception\S3Exception;

/**
 * The work of one request: what the application does for it, and what its answer must be. All contents are told by the
 * site, so that an answer with another site's bytes is seen to be wrong.
 */
final class Work
{
    public const BIG = 12 << 20;

    private const LISTED = 30;

    /** How many of a thousand requests are of a kind. */
    private const KINDS = ['get' => 340, 'put' => 250, 'stream' => 120, 'list' => 80, 'copy' => 60, 'delete' => 60,
        'presign' => 50, 'error' => 25, 'refused' => 10, 'upload' => 5];

    /** The kind of request number `$n`: always the same mixture, evenly mixed. */
    public static function kind(int $n): string
    {
        // Steps of 617, a prime that does not divide 1,000, reach every place once in a thousand requests.
        $place = $n * 617 % 1_000;
        foreach (self::KINDS as $kind => $share) {
            if (($place -= $share) < 0) {
                return $kind;
            }
        }
        return 'get';
    }

    /** Objects that every request finds. */
    public static function prepare(S3Storage $s3, string $site): void
    {
        $s3->write('small', self::content("$site small", 4096));
        $s3->write('large', self::content("$site large", 300_000));
        foreach (range(1, self::LISTED) as $i) {
            $s3->write(sprintf('list/%03d', $i), self::content("$site $i", $i));
        }
    }

    /** Does the work in the application, and prints the answer. */
    public static function perform(S3Storage $s3, string $site, string $kind, int $n): void
    {
        // Tells the process in the server's log.
        $mine = 'pid-' . getmypid();
        switch ($kind) {
            case 'get':
                echo $s3->read('small');
                break;
            case 'put':
                $s3->write("$mine/put", self::content("$site $n", 4096));
                echo $s3->read("$mine/put");
                break;
            case 'stream':
                fpassthru($s3->readStream('large'));
                break;
            case 'list':
                foreach ($s3->list('list/') as $object) {
                    echo $object->pathname, ' ', $object->size, "\n";
                }
                break;
            case 'copy':
                $s3->copy('small', "$mine/copy");
                $size = $s3->getMetadata("$mine/copy")->size;
                $s3->deleteMany(["$mine/copy"]);
                echo $size, ' ', json_encode($s3->exists("$mine/copy"));
                break;
            case 'delete':
                $s3->write("$mine/gone", 'x');
                $s3->delete("$mine/gone");
                echo json_encode($s3->exists("$mine/gone"));
                break;
            case 'upload':
                self::upload($s3, "$mine/big");
                break;
            case 'presign':
                echo $s3->presignGet('small')->url;
                break;
            case 'error':
                echo self::code(static fn () => $s3->read("$mine/missing")), ' ',
                    self::code(static fn () => $s3->write('../outside', 'x')), ' ',
                    self::code(static fn () => $s3->bucket('nowhere')->exists('x'));
                break;
            case 'refused':
                $credentials = ['key' => getenv('S3_KEY'), 'secret' => 'wrong'];
                $server = ['endpoint' => getenv('S3_URL'), 'credentials' => $credentials];
                $bucket = ['server' => 's', 'bucket' => getenv('S3_BUCKET'), 'prefix' => $site];
                $wrong = new S3Storage(['servers' => ['s' => $server], 'buckets' => ['b' => $bucket]]);
                echo self::code(static fn () => $wrong->read('small')), ' ', strlen($s3->read('small'));
        }
    }

    /** Whether an answer is the right one. A presigned URL only looks right: it has to be used. */
    public static function isRight(string $site, string $kind, int $n, string $answer): bool
    {
        return match ($kind) {
            'get' => $answer === self::content("$site small", 4096),
            'put' => $answer === self::content("$site $n", 4096),
            'stream' => $answer === self::content("$site large", 300_000),
            'list' => $answer === self::listing(),
            'copy' => $answer === '4096 false',
            'delete' => $answer === 'false',
            'upload' => $answer === implode(' ', [self::BIG, self::BIG, self::BIG]),
            'presign' => str_contains($answer, "/$site/small?") && str_contains($answer, "Credential=key-$site%2F"),
            'error' => $answer === 'FILE_NOT_FOUND INVALID_PATHNAME BUCKET_NOT_FOUND',
            'refused' => $answer === 'PERMISSION_DENIED 4096',
        };
    }

    public static function content(string $seed, int $length): string
    {
        return substr(str_repeat(hash('sha256', $seed), intdiv($length, 64) + 1), 0, $length);
    }

    private static function upload(S3Storage $s3, string $pathname): void
    {
        $file = (string) getenv('S3_BIG_FILE');
        $told = 0;
        $progress = static function (int $done) use (&$told): void {
            $told = $done;
        };
        $s3->uploadFile($pathname, $file, progress: $progress);
        $size = $s3->getMetadata($pathname)->size;
        $s3->delete($pathname);
        echo filesize($file), ' ', $size, ' ', $told;
    }

    private static function code(callable $call): string
    {
        try {
            $call();
            return 'NONE';
        } catch (S3Exception $e) {
            return $e->getErrorCode();
        }
    }

    private static function listing(): string
    {
        $lines = array_map(static fn (int $i) => sprintf("list/%03d %d\n", $i, $i), range(1, self::LISTED));
        return implode('', $lines);
    }
}
