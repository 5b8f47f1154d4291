--TEST--
A directory of the wrapper that a signal handler closes while it waits for entries outlives the wait, and is closed then
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
// closedir() closes a resource without asking the stream.
pcntl_async_signals(true);
$listener = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($listener, false);
$child = pcntl_fork();
if ($child === 0) {
    // A listing of two pages, and a signal before the second one.
    for ($round = 0; $round < 2; $round++) {
        $client = stream_socket_accept($listener);
        foreach (['true', 'false'] as $page => $more) {
            while (fgets($client) !== "\r\n") {
            }
            if ($page === 1) {
                usleep(200_000);
                posix_kill(posix_getppid(), SIGUSR1);
                usleep(200_000);
            }
            $token = $page === 0 ? '<NextContinuationToken>t</NextContinuationToken>' : '';
            $body = "<ListBucketResult><Name>b</Name><IsTruncated>$more</IsTruncated>$token<Contents><Key>d/$page</Key><Size>1</Size>"
                . '<ETag>"e"</ETag><LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>';
            fwrite($client, 'HTTP/1.1 200 OK' . "\r\nConnection: " . ($page === 0 ? 'keep-alive' : 'close')
                . "\r\nContent-Length: " . strlen($body) . "\r\n\r\n$body");
        }
        fclose($client);
    }
    sleep(5);
    posix_kill(getmypid(), SIGKILL);
}
S3Storage::registerStreamWrapper(s3_open(['endpoint' => "http://$address", 'max_attempts' => 1], ['prefix' => '']));
$reuse = static fn () => array_map(static fn (int $i) => str_repeat('x', 150 + $i), range(1, 100));

// Of a variable.
$directory = opendir('s3://files/d');
pcntl_signal(SIGUSR1, static function () use ($directory, $reuse, &$kept): void {
    closedir($directory);
    $kept = $reuse();
});
var_dump(readdir($directory), readdir($directory));
try {
    readdir($directory);
} catch (TypeError) {
    echo "closed\n";
}

// Of nobody but PHP, which remembers the last one.
opendir('s3://files/d');
pcntl_signal(SIGUSR1, static function () use ($reuse, &$kept): void {
    closedir();
    $kept = $reuse();
});
var_dump(readdir(), readdir());
try {
    readdir();
} catch (TypeError) {
    echo "closed\n";
}
echo "end\n";
posix_kill($child, SIGKILL);
pcntl_waitpid($child, $status);
?>
--EXPECT--
string(1) "0"
string(1) "1"
closed
string(1) "0"
string(1) "1"
closed
end
