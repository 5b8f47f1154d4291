--TEST--
Exceptions, exit, a fork and fatal errors in the callbacks of a directory: the script ends as PHP does, and nothing partial is left
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
$directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
mkdir("$directory/tree", 0777, true);
for ($i = 0; $i < 1500; $i++) {
    file_put_contents("$directory/tree/$i", 'x');
}
file_put_contents("$directory/tree/large", str_repeat('x', 30 << 20));
$s3 = s3_open();
$temporary = static function () use ($directory): int {
    exec('find ' . escapeshellarg($directory) . ' -name "*.s3storage-tmp"', $found);
    return count($found);
};

// The handler of a signal that arrives while nothing but the filter runs, and one that throws.
pcntl_async_signals(true);
$signals = 0;
pcntl_signal(SIGUSR1, static function () use (&$signals): void {
    $signals++;
});
$s3->uploadDirectory("$directory/tree", filter: static fn (string $name) => $name !== '7'
    || posix_kill(getmypid(), SIGUSR1));
echo "signals: $signals\n";

pcntl_signal(SIGUSR1, static fn () => throw new LogicException('from a handler'));
s3_thrown(static fn () => $s3->downloadDirectory('', "$directory/a", progress: static function (): void {
    posix_kill(getmypid(), SIGUSR1);
}));
s3_thrown(static fn () => $s3->sync("$directory/tree", filter: static fn () => throw new LogicException('from a filter')));
s3_thrown(static fn () => $s3->sync("$directory/tree", direction: 'down', checksum: true, filter: 'no_such_function'));
echo 'temporary files: ', $temporary(), "\n";

// A child that a callback makes leaves the call to its parent.
$forked = false;
$result = $s3->downloadDirectory('', "$directory/b", progress: static function () use (&$forked): void {
    if (!$forked) {
        $forked = true;
        $pid = pcntl_fork();
        if ($pid === 0) {
            posix_kill(getmypid(), SIGKILL);
        }
        pcntl_waitpid($pid, $status);
    }
});
echo count($result->succeeded), ' ', $temporary(), "\n";

$child = pcntl_fork();
if ($child === 0) {
    $s3->sync("$directory/c", direction: 'down', filter: static fn (string $name) => $name !== '1499' || exit(7));
}
pcntl_waitpid($child, $status);
echo pcntl_wexitstatus($status), ' ', $temporary(), "\n";

// A child that a filter makes and that returns has no part in the call.
$child = null;
try {
    $s3->sync("$directory/tree", filter: static function () use (&$child): bool {
        $child ??= pcntl_fork();
        return true;
    });
} catch (S3Storage\Exception\OperationFailedException $e) {
    exit(str_contains($e->getMessage(), 'the process was forked') ? 9 : 1);
}
pcntl_waitpid($child, $status);
echo pcntl_wexitstatus($status), "\n";

// Another call for the same directory, from within.
$inner = null;
$s3->sync("$directory/tree", filter: static function (string $name) use ($s3, $directory, &$inner): bool {
    $inner ??= $s3->sync("$directory/tree", dryRun: true)->skipped;
    return false;
});
echo "inner: $inner\n";

register_shutdown_function(static function () use ($s3, $directory, $temporary): void {
    echo 'shutdown: ', $temporary(), "\n";
    exec('rm -r ' . escapeshellarg($directory));
    $s3->deletePrefix('', all: true);
});
$s3->downloadDirectory('', "$directory/d", filter: static fn (string $name) => $name !== '1499'
    || trigger_error('fatal in the filter', E_USER_ERROR));
echo "not reached\n";
?>
--EXPECTF--
signals: 1
LogicException: from a handler
LogicException: from a filter
TypeError: S3Storage::sync(): Argument #7 ($filter) must be a valid callback or null, function "no_such_function" not found or invalid function name
temporary files: 0
1501 0
7 0
9
inner: 1501
%AFatal error: fatal in the filter in %s on line %d
shutdown: 0
