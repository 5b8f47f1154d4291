--TEST--
Helper threads digest large uploads: none before, signals stay with PHP, a forked child has its own, and they end when idle
--SKIPIF--
<?php
if (!function_exists('pcntl_fork') || !is_dir('/proc/self/task')) {
    echo 'skip needs pcntl and /proc';
}
?>
--INI--
s3storage.threads=2
--FILE--
<?php
require __DIR__ . '/helper.inc';

/** The threads of this process besides PHP's own: the signals that each has blocked. */
function helpers(): array
{
    $blocked = [];
    foreach (glob('/proc/' . getmypid() . '/task/*/status') as $status) {
        preg_match('/^Pid:\s+(\d+).*^SigBlk:\s+(\w+)/ms', (string) file_get_contents($status), $match);
        if ((int) $match[1] !== getmypid()) {
            $blocked[] = hexdec(substr($match[2], -8));
        }
    }
    return $blocked;
}

/** How many descriptors of a file are open. */
function opened(string $file): int
{
    return count(array_filter(glob('/proc/' . getmypid() . '/fd/*'), fn ($fd) => @readlink($fd) === $file));
}

/** Whether it comes to be within a second. */
function soon(callable $holds): bool
{
    for ($i = 0; $i < 1000 && !$holds(); $i++) {
        usleep(10_000);
    }
    return $holds();
}

var_dump(count(helpers()));
$s3 = s3_open();
$s3->write('small', str_repeat('x', 500_000));
var_dump(count(helpers()));

$file = tempnam(sys_get_temp_dir(), 's3storage');
file_put_contents($file, random_bytes(48 << 20));
$same = fn (string $pathname): bool => hash('sha256', $s3->read($pathname)) === hash_file('sha256', $file);
$main = [];
pcntl_async_signals(true);
pcntl_signal(SIGUSR1, function () use (&$main) {
    $main[] = 'handled';
});
$s3->uploadFile('large', $file);
$wanted = 0;
foreach ([SIGHUP, SIGINT, SIGUSR1, SIGALRM, SIGTERM, SIGCHLD] as $signal) {
    $wanted |= 1 << ($signal - 1);
}
$helpers = helpers();
echo 'started: ';
var_dump(count($helpers) >= 1 && count($helpers) <= 2);
echo 'blocked: ';
var_dump(array_filter($helpers, fn ($blocked) => ($blocked & $wanted) !== $wanted));
posix_kill(getmypid(), SIGUSR1);
var_dump(soon(fn () => $main === ['handled']), $same('large'));

$start = microtime(true);
$pid = pcntl_fork();
if ($pid === 0) {
    $none = helpers() === [];
    $s3->uploadFile('child', $file);
    exit($none && helpers() !== [] ? 0 : 1);
}
pcntl_waitpid($pid, $status);
echo 'child: ';
var_dump(pcntl_wexitstatus($status), microtime(true) - $start < 5, $same('child'));

// Given up half-way: the file is closed, and what was begun is aborted.
pcntl_signal(SIGUSR1, fn () => throw new LogicException('given up'));
s3_thrown(fn () => $s3->uploadFile('given-up', $file, progress: fn () => posix_kill(getmypid(), SIGUSR1)));
var_dump($s3->exists('given-up'), [...$s3->listUploads()] === [], soon(fn () => opened($file) === 0));

// They rest for five seconds before they end.
for ($end = microtime(true) + 30; helpers() !== [] && microtime(true) < $end;) {
    usleep(100_000);
}
echo 'idle: ';
var_dump(count(helpers()));
$s3->uploadFile('large', $file);
var_dump(helpers() !== []);
unlink($file);
s3_clean($s3);
?>
--EXPECT--
int(0)
int(0)
started: bool(true)
blocked: array(0) {
}
bool(true)
bool(true)
child: int(0)
bool(true)
bool(true)
LogicException: given up
bool(false)
bool(true)
bool(true)
idle: int(0)
bool(true)
