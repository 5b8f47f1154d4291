--TEST--
A stream that is open when the process forks goes on in both, each on connections of its own
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    echo 'skip needs pcntl';
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$content = random_bytes(3_000_000);
$s3->write('a', $content);
$stream = $s3->readStream('a');
$begin = fread($stream, 1000);
$pid = pcntl_fork();
$whole = $begin . stream_get_contents($stream) === $content;
if ($pid === 0) {
    exit($whole ? 0 : 1);
}
pcntl_waitpid($pid, $status);
var_dump($whole, pcntl_wifexited($status), pcntl_wexitstatus($status));
s3_clean($s3);
?>
--EXPECT--
bool(true)
bool(true)
int(0)
