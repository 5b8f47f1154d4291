--TEST--
A signal in the last milliseconds of a call that fails reaches its handler
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
// The engine calls no handler for a signal that is pending when a function throws.
pcntl_async_signals(true);
$handled = 0;
pcntl_signal(SIGTERM, function () use (&$handled): void {
    $handled++;
});
$listener = stream_socket_server('tcp://127.0.0.1:0');
$s3 = new S3Storage([
    'servers' => ['s' => ['endpoint' => 'http://' . stream_socket_get_name($listener, false), 'region' => 'us-east-1',
        'max_attempts' => 1, 'read_timeout' => 0.1, 'credentials' => ['key' => 'k', 'secret' => 's']]],
    'buckets' => ['b' => ['server' => 's', 'bucket' => 'b']],
]);
$me = getmypid();
for ($sent = 0; $sent < 40; $sent++) {
    $pid = pcntl_fork();
    if ($pid === 0) {
        usleep(80_000 + intdiv($sent, 2) * 1_500);
        posix_kill($me, SIGTERM);
        posix_kill(getmypid(), SIGKILL);
    }
    try {
        $sent % 2 === 0 ? $s3->read('x') : $s3->readAsync('x')->await();
    } catch (S3Storage\Exception\S3Exception) {
    }
    pcntl_waitpid($pid, $status);
}
// Between the last look and the throw are microseconds, which a busy machine stretches. Without that look half of them are lost.
echo $handled >= $sent - 4 ? "handled\n" : "$handled of $sent handled\n";
?>
--EXPECT--
handled
