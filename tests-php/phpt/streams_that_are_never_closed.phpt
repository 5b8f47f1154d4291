--TEST--
Streams that are still open at the end, in a cycle, or used by a shutdown function end well
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_open();
$s3->write('a', str_repeat('x', 2_000_000));
$open = $s3->readStream('a');
fread($open, 10);
$cycle = new stdClass();
$cycle->self = $cycle;
$cycle->stream = $s3->readStream('a');
unset($cycle);
gc_collect_cycles();
$_GLOBAL_stream = $s3->readStream('a');
register_shutdown_function(function () use ($open, $s3): void {
    echo strlen(stream_get_contents($open)), "\n";
    s3_clean($s3);
});
$response = new S3Storage\ObjectResponse(200, [], $s3->readStream('a'));
var_dump(is_resource($response->stream));
echo "end\n";
?>
--EXPECT--
bool(true)
end
1999990
