--TEST--
A listener that refers to its own storage is a cycle that PHP's collector finds, and what listens goes with the last handle
--FILE--
<?php
require __DIR__ . '/helper.inc';

final class Heard
{
    public static int $gone = 0;
    public ?S3Storage $s3 = null;

    public function __invoke(): void
    {
    }

    public function log(): void
    {
    }

    public function dispatch(): void
    {
    }

    public function __destruct()
    {
        self::$gone++;
    }
}

// Without a cycle it is gone at once.
$s3 = s3_nowhere();
$s3->listen(new Heard());
$s3->setLogger(new Heard());
unset($s3);
echo Heard::$gone, "\n";

// One that refers to the first handle, to another one, and by all of its roles.
gc_collect_cycles();
foreach ([false, true] as $byAnother) {
    Heard::$gone = 0;
    $s3 = s3_nowhere();
    $handle = $byAnother ? $s3->bucket('files') : $s3;
    $heard = new Heard();
    $heard->s3 = $handle;
    $handle->listen($heard);
    $handle->setLogger($heard);
    $handle->setEventDispatcher($heard);
    $handle->setTraceContext(fn () => $heard->s3 ? null : null);
    unset($s3, $handle, $heard);
    echo Heard::$gone, ' ', gc_collect_cycles() > 0 ? 'collected' : 'kept', ' ', Heard::$gone, "\n";
}

// What is still used is not collected.
$s3 = s3_nowhere();
$other = $s3->bucket('files')->bucket('files');
$heard = new Heard();
$heard->s3 = $other;
$s3->listen($heard);
unset($s3, $heard);
Heard::$gone = 0;
gc_collect_cycles();
echo Heard::$gone, "\n";
$other->unlisten('strlen');
$other->setLogger(new Heard());
$other->setLogger(null);
echo Heard::$gone, "\n";

// What is left at the end of the script goes without a word.
$left = s3_nowhere();
$left->listen(function () use (&$left): void {
});
?>
--EXPECT--
2
0 collected 1
0 collected 1
0
1
