--TEST--
A handle or iterator is equal to itself only, since the engine cannot see what is in it
--FILE--
<?php
require __DIR__ . '/helper.inc';

$one = s3_open();
$two = s3_open();
var_dump($one == $one, $one == $two, in_array($two, [$one]), $one->list() == $one->list('a'));
?>
--EXPECT--
bool(true)
bool(false)
bool(false)
bool(false)
