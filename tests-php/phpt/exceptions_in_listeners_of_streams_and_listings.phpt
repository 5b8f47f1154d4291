--TEST--
Exceptions of a listener come out of what ended the operation: a read of a stream, its close, a step of a listing
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write('a', 'content');
$throw = static function (S3Storage\OperationEvent $event): void {
    throw new LogicException("$event->name $event->outcome");
};
$s3->listen($throw);
$stream = $s3->readStream('a');
s3_thrown(function () use ($stream): void {
    while (!feof($stream)) {
        fread($stream, 100);
    }
});
fclose($stream);
$stream = $s3->readStream('a');
s3_thrown(fn () => fclose($stream));
$stream = $s3->readStream('a');
s3_thrown(function () use (&$stream): void {
    $stream = null;
});
s3_thrown(function () use ($s3): void {
    foreach ($s3->list() as $object) {
        echo "not reached\n";
    }
});
// Within an exception that is on its way nobody is called.
s3_thrown(function () use ($s3): void {
    $stream = $s3->readStream('a');
    throw new RuntimeException('on its way');
});
s3_thrown(fn () => $s3->exists('a'));
$s3->unlisten($throw);

// A stream that is never closed tells nobody, and does no harm.
$open = $s3->readStream('a');
$s3->listen(static function (): void {
    echo "not reached\n";
});
register_shutdown_function(static function () use ($s3): void {
    $s3->listen(static fn () => null);
});
(new S3Storage(s3_config()))->delete('a');
?>
--EXPECT--
LogicException: readStream done
LogicException: readStream abandoned
LogicException: readStream abandoned
LogicException: list done
RuntimeException: on its way
LogicException: exists done
