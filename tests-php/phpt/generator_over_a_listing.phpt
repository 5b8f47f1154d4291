--TEST--
Generators over listings: lazily, with yield from, and left half-way
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
foreach (['a1', 'a2', 'b1'] as $name) {
    $s3->write($name, "of $name");
}

function contents(S3Storage $s3, string $prefix): Generator
{
    try {
        foreach ($s3->list($prefix) as $object) {
            yield $object->pathname => $s3->read($object->pathname);
        }
    } finally {
        echo "[left $prefix]";
    }
}

foreach (contents($s3, 'a') as $name => $content) {
    echo $name, ' ', $content, ' ';
}
echo "\n";
foreach (contents($s3, 'a') as $name => $content) {
    echo $name, ' ';
    break;
}
echo "\n";
$both = (function () use ($s3): Generator {
    yield from $s3->list('a');
    yield from $s3->list('b');
})();
foreach ($both as $object) {
    echo $object->pathname, ' ';
}
echo "\n";
$generator = contents($s3, 'b');
echo $generator->current(), "\n";
unset($generator);
echo "\n";
s3_clean($s3);
?>
--EXPECT--
a1 of a1 a2 of a2 [left a]
a1 [left a]
a1 a2 b1 
of b1
[left b]
