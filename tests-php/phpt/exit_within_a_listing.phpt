--TEST--
exit() in the middle of a listing ends the script in order
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
foreach (range(1, 5) as $n) {
    $s3->write("a$n", 'x');
}
register_shutdown_function(function () use ($s3): void {
    s3_clean($s3);
    echo "cleaned\n";
});

function walk(S3Storage $s3): Generator
{
    foreach ($s3->list() as $object) {
        yield $object;
    }
}

foreach (walk($s3) as $object) {
    foreach ($s3->list() as $inner) {
        echo $object->pathname, $inner->pathname, "\n";
        exit("bye\n");
    }
}
?>
--EXPECT--
a1a1
bye
cleaned
