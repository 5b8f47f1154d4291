--TEST--
Content that was read is a plain string: the garbage collector never takes it for a root
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write('a', str_repeat('x', 1000));
gc_collect_cycles();
$s3->exists('a'); // the handle itself may become a root
$before = gc_status()['roots'];
for ($i = 0; $i < 100; $i++) {
    $content = $s3->read('a');
    $copy = $content;
    unset($copy);
    $object = $s3->readObject('a', $i);
    $copy = $object->content;
    unset($copy);
}
unset($object);
var_dump(gc_status()['roots'] - $before);
unset($content);
gc_collect_cycles();
$content = $s3->read('a');
$content[0] = 'y';
$content .= 'z';
var_dump(strlen($content), $content[0], $s3->read('a', 0, 1));
s3_clean($s3);
?>
--EXPECT--
int(0)
int(1001)
string(1) "y"
string(1) "x"
