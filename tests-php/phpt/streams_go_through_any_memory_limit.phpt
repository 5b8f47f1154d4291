--TEST--
Streams of any size go through a small memory_limit, and resident memory stays small too
--INI--
memory_limit=16M
--FILE--
<?php
require __DIR__ . '/helper.inc';
function resident(string $what): int
{
    preg_match("/^$what:\s+(\d+)/m", file_get_contents('/proc/self/status'), $match);
    return (int) $match[1];
}
$s3 = s3_open([], ['concurrency' => 2]);
$s3->write('warm', str_repeat('x', 6_000_000));
$before = resident('VmRSS');
$source = popen('head -c 200000000 /dev/zero', 'r');
var_dump($s3->writeStream('a', $source)->size);
pclose($source);
$stream = $s3->readStream('a');
$sum = 0;
while (!feof($stream)) {
    $sum += strlen(fread($stream, 1_000_000));
}
var_dump($sum, $s3->writeStream('b', $s3->readStream('a'))->size);
var_dump(resident('VmHWM') - $before < 40_000);
s3_clean($s3);
?>
--EXPECT--
int(200000000)
int(200000000)
int(200000000)
bool(true)
