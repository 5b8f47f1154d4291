<?php

declare(strict_types=1);

// Calls every method as often as the argument says. For memcheck: what is lost must not grow with the number.

use S3Storage\Tests\CalledMethods;
use S3Storage\Tests\EveryMethod;

require __DIR__ . '/../bootstrap.php';
require __DIR__ . '/../phpt/helper.inc';

$rounds = (int) $argv[1];
for ($round = 0; $round < $rounds; $round++) {
    $folder = sys_get_temp_dir() . '/s3storage-memcheck-' . bin2hex(random_bytes(6));
    mkdir($folder);
    (new EveryMethod(s3_open([], ['part_size' => 5 << 20]), s3_nowhere(), $round, $folder))->run();
    $files = new RecursiveIteratorIterator(
        new RecursiveDirectoryIterator($folder, FilesystemIterator::SKIP_DOTS),
        RecursiveIteratorIterator::CHILD_FIRST,
    );
    foreach ($files as $file) {
        $file->isDir() ? rmdir((string) $file) : unlink((string) $file);
    }
    rmdir($folder);
}
// What was cancelled is given back by the thread of the futures, which the end of the process does not wait for.
sleep(2);
$missing = CalledMethods::missing();
echo $missing === [] ? "\nevery method, $rounds times\n" : "\nnever called: " . implode(', ', $missing) . "\n";
exit($missing === [] ? 0 : 1);
