<?php

declare(strict_types=1);

// Some threads change the environment of the process while others read variables for their configuration.

require __DIR__ . '/../phpt/helper.inc';

if ($thread % 2 === 0) {
    for ($i = 0; $i < 300; $i++) {
        putenv("S3STORAGE_TEST_{$thread}_$i=" . str_repeat((string) $i, 50));
    }
    for ($i = 0; $i < 300; $i++) {
        putenv("S3STORAGE_TEST_{$thread}_$i");
    }
    exit(0);
}
for ($i = 0; $i < 300; $i++) {
    $credentials = ['key' => '${S3_ACCESS_KEY}', 'secret' => '${S3STORAGE_NONE:-secret}'];
    $s3 = new S3Storage(s3_config(['credentials' => $credentials]));
}
exit(str_contains($s3->presignGet('a')->url, rawurlencode(getenv('S3_ACCESS_KEY'))) ? 0 : 1);
