--TEST--
A signal handler that throws ends a read and a commit of the stream wrapper; nothing is written then
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
// A server that says nothing.
$listener = stream_socket_server('tcp://127.0.0.1:0');
S3Storage::registerStreamWrapper(s3_open(['endpoint' => 'http://' . stream_socket_get_name($listener, false), 'max_attempts' => 1]));
$alias = s3_open(['endpoint' => 'http://127.0.0.1:1'])->listBuckets()['default'];
pcntl_signal(SIGALRM, static function (): void {
    throw new DomainException('enough');
});
foreach ([
    'read' => static fn () => file_get_contents("s3://$alias/a"),
    'write' => static fn () => file_put_contents("s3://$alias/a", 'x'),
    'stat' => static fn () => is_file("s3://$alias/a"),
    'list' => static fn () => scandir("s3://$alias"),
] as $name => $call) {
    pcntl_alarm(1);
    $began = microtime(true);
    try {
        @$call();
        echo "$name was not interrupted\n";
    } catch (DomainException $exception) {
        $took = microtime(true) - $began;
        echo $name, ': ', $exception->getMessage(), $took < 5 ? '' : " after $took seconds", "\n";
    }
}
?>
--EXPECT--
read: enough
write: enough
stat: enough
list: enough
