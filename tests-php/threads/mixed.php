<?php

declare(strict_types=1);

// One request of many at once: most of what the class does, in a place of its own. Nothing of another thread may be
// seen.

require __DIR__ . '/../phpt/helper.inc';

use S3Storage\Exception\FileNotFoundException;

$same = static function (mixed $expected, mixed $actual) use ($thread, $request): void {
    if ($expected !== $actual) {
        echo "thread $thread, request $request: ", json_encode($actual), ' is not ', json_encode($expected), "\n";
        exit(1);
    }
};
$s3 = new S3Storage(s3_config(bucket: ['prefix' => "threads/$thread/", 'part_size' => 5 << 20]));
$content = str_repeat("$thread.$request.", 500);

$s3->delete('left');
$same(strlen($content), $s3->write('a', $content, metadata: ['thread' => (string) $thread])->size);
$same($content, $s3->read('a'));
$same((string) $thread, $s3->getMetadata('a')->metadata['thread']);
$same(substr($content, 3, 5), stream_get_contents($s3->readStream('a', offset: 3, length: 5)));
$source = fopen('php://memory', 'w+b');
fwrite($source, $content);
rewind($source);
$told = 0;
$s3->writeStream('b', $source, progress: function (int $done) use (&$told): void {
    $told = $done;
});
$same(strlen($content), $told);
$s3->copy('a', 'c');
$same(['a', 'b', 'c'], array_map(static fn ($object) => $object->pathname, iterator_to_array($s3->list(), false)));
$same([$content, $content], array_values(iterator_to_array($s3->readMany(['a', 'b']))));
$same(1, preg_match('/X-Amz-Signature=/', $s3->presignGet('a')->url));
try {
    $s3->read('none');
    exit(1);
} catch (FileNotFoundException $e) {
    $same([__FILE__, 404], [$e->getFile(), $e->getHttpStatus()]);
}
$fiber = new Fiber(static fn () => Fiber::suspend($s3->read('a')));
$same($content, $fiber->start());
if ($wave === 0 && $request === 0) {
    $s3->registerBucket("late-$thread", 'main', getenv('S3_BUCKET'), persistent: true);
}
$same([], $s3->deleteMany(['a', 'b', 'c'])->failed);
$same(false, $s3->exists('a'));
// Left open at the end of the request, as scripts do.
$s3->write('left', $content);
$left = $s3->readStream('left');
$iterator = $s3->list();
foreach ($iterator as $object) {
    break;
}
