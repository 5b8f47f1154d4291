--TEST--
A signal handler can neither close nor read nor move a stream that waits for bytes
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
pcntl_async_signals(true);
$listener = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($listener, false);
$child = pcntl_fork();
if ($child === 0) {
    // A server that stops in the middle, has a signal sent, and goes on.
    $client = stream_socket_accept($listener);
    while (fgets($client) !== "\r\n") {
    }
    fwrite($client, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nETag: \"e\"\r\n\r\n0123456789");
    usleep(300_000);
    posix_kill(posix_getppid(), SIGUSR1);
    usleep(300_000);
    fwrite($client, 'abcdefghij');
    fgets($client);
    posix_kill(getmypid(), SIGKILL);
}
$stream = s3_open(['endpoint' => "http://$address", 'max_attempts' => 1])->readStream('a');
pcntl_signal(SIGUSR1, static function () use ($stream): void {
    var_dump(@fclose($stream), fseek($stream, 0));
    stream_set_chunk_size($stream, 1 << 20);
    s3_thrown(static fn () => fgets($stream));
});
var_dump(fgets($stream), feof($stream), fclose($stream));
posix_kill($child, SIGKILL);
pcntl_waitpid($child, $status);
?>
--EXPECT--
bool(false)
int(-1)
S3Storage\Exception\OperationFailedException: the stream is waiting for bytes already; it was entered again
string(20) "0123456789abcdefghij"
bool(true)
bool(true)
