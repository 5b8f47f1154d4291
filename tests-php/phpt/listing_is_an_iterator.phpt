--TEST--
A listing keeps the contract of Iterator: foreach, break, nesting, rewind, iterator functions
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
foreach (['a', 'b', 'c'] as $name) {
    $s3->write($name, $name);
}
$list = $s3->list();
echo get_class($list), ' ', $list instanceof Iterator ? 'Iterator' : '', ' ', is_iterable($list) ? 'iterable' : '', "\n";
foreach ($list as $index => $object) {
    echo $index, ' ', $object->pathname, "\n";
}
echo "after the end: ";
var_dump($list->valid());
$list->next();
var_dump($list->valid());
s3_thrown(fn () => $list->current());

echo "break and begin anew:";
foreach ($list as $object) {
    echo ' ', $object->pathname;
    break;
}
foreach ($list as $object) {
    echo ' ', $object->pathname;
}
echo "\nnested:";
foreach ($s3->list() as $outer) {
    foreach ($s3->list(startAfter: $outer->pathname) as $inner) {
        echo ' ', $outer->pathname, $inner->pathname;
    }
}
echo "\nby hand:";
for ($list->rewind(); $list->valid(); $list->next()) {
    echo ' ', $list->key(), $list->current()->pathname, $list->current()->pathname;
}
echo "\nfunctions: ", implode(' ', array_keys(iterator_to_array($s3->list()))), ' ', iterator_count($s3->list()), ' ';
echo implode(' ', array_map(fn ($object) => $object->pathname, [...$s3->list()])), ' ';
$limited = new LimitIterator(new IteratorIterator($s3->list()), 1, 1);
echo implode(' ', array_map(fn ($object) => $object->pathname, iterator_to_array($limited))), "\n";
s3_thrown(function () use ($s3): void {
    foreach ($s3->list() as &$object) {
    }
});
$first = $s3->list()->current();
var_dump($first->pathname);
s3_clean($s3);
?>
--EXPECT--
S3Storage\ObjectIterator Iterator iterable
0 a
1 b
2 c
after the end: bool(false)
bool(false)
S3Storage\Exception\OperationFailedException: the listing is at its end; ask valid() first
break and begin anew: a a b c
nested: ab ac bc
by hand: 0aa 1bb 2cc
functions: 0 1 2 3 a b c b
Error: An iterator cannot be used with foreach by reference
string(1) "a"
