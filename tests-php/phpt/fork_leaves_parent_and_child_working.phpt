--TEST--
After pcntl_fork parent and child go on working, and the child ends at once
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
$s3->write('before', 'from before');
$start = microtime(true);
$pid = pcntl_fork();
if ($pid === 0) {
    $s3->write('child', $s3->read('before') . ', through the child');
    exit($s3->exists('child') ? 0 : 1);
}
$s3->write('parent', 'from the parent');
pcntl_waitpid($pid, $status);
var_dump(pcntl_wifexited($status), pcntl_wexitstatus($status), microtime(true) - $start < 1.0);
var_dump($s3->read('child'), $s3->read('parent'));
s3_clean($s3);
?>
--EXPECT--
bool(true)
int(0)
bool(true)
string(30) "from before, through the child"
string(15) "from the parent"
