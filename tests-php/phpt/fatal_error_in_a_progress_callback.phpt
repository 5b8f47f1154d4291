--TEST--
A fatal error, an exit and a fork in a progress callback: the script ends as PHP does, and nothing partial is left
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
mkdir($directory);
$s3 = s3_open();
$s3->write('a', str_repeat('x', 120 << 20));
$download = fn (callable $progress) => $s3->downloadFile('a', "$directory/a", concurrency: 1, progress: $progress);

// A child that a callback makes leaves the transfer to its parent.
$forked = false;
$download(static function () use (&$forked): void {
    if (!$forked) {
        $forked = true;
        $pid = pcntl_fork();
        if ($pid === 0) {
            posix_kill(getmypid(), SIGKILL);
        }
        pcntl_waitpid($pid, $status);
    }
});
echo filesize("$directory/a"), ' ', count(scandir($directory)) - 2, "\n";

$child = pcntl_fork();
if ($child === 0) {
    $download(static fn () => exit(7));
}
pcntl_waitpid($child, $status);
echo pcntl_wexitstatus($status), ' ', count(scandir($directory)) - 2, "\n";

register_shutdown_function(static function () use ($s3, $directory): void {
    echo 'shutdown: ', implode(' ', array_diff(scandir($directory), ['.', '..'])), "\n";
    unlink("$directory/a");
    rmdir($directory);
    s3_clean($s3);
});
$download(static fn () => trigger_error('fatal in the callback', E_USER_ERROR));
echo "not reached\n";
?>
--EXPECTF--
125829120 1
7 1
%AFatal error: fatal in the callback in %s on line %d
shutdown: a
