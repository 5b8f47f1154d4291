<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use S3Storage;

/** What a master preloads: a class that uses the storage, and a use of it in the master itself. */
final class Preloaded
{
    /** In the master, before there is any worker. */
    public static function work(): void
    {
        $credentials = ['key' => 'key-one', 'secret' => getenv('PRELOAD_SECRET')];
        $s3 = new S3Storage([
            'servers' => ['s' => ['endpoint' => getenv('PRELOAD_URL'), 'credentials' => $credentials]],
            'buckets' => ['b' => ['server' => 's', 'bucket' => getenv('PRELOAD_BUCKET'), 'prefix' => 'one/']],
        ]);
        $s3->write('master', 'by the master');
        // Tells the process in the server's log.
        $s3->write('pid-' . getmypid() . '/master', $s3->read('master'));
    }

    /** In a worker. */
    public static function whatTheMasterDid(): string
    {
        return (new S3Storage())->read('master');
    }
}
