--TEST--
A handle works inside of fibers, and iterators across their suspensions
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$fiber = new Fiber(function () use ($s3): string {
    $s3->write('a', 'from a fiber');
    $got = Fiber::suspend($s3->read('a'));
    $s3->write('b', $got);
    try {
        $s3->read('missing');
    } catch (S3Storage\Exception\FileNotFoundException $e) {
        Fiber::suspend($e->getErrorCode());
    }
    return $s3->read('b', 2);
});
var_dump($fiber->start());
var_dump($s3->read('a', 0, 4));
var_dump($fiber->resume('from outside'));
$fiber->resume();
var_dump($fiber->getReturn());

$lister = fn (string $prefix): Fiber => new Fiber(function () use ($s3, $prefix): void {
    foreach ($s3->list($prefix) as $object) {
        Fiber::suspend($object->pathname);
    }
});
foreach (['x1', 'x2', 'y1', 'y2'] as $name) {
    $s3->write($name, str_repeat('z', 100_000));
}
[$x, $y] = [$lister('x'), $lister('y')];
echo $x->start(), $y->start(), $x->resume(), $y->resume(), "\n";
unset($x);
$y->resume();
var_dump($y->isTerminated());
$abandoned = $lister('x');
echo $abandoned->start(), "\n";
s3_clean($s3);
?>
--EXPECT--
string(12) "from a fiber"
string(4) "from"
string(14) "FILE_NOT_FOUND"
string(10) "om outside"
x1y1x2y2
bool(true)
x1
