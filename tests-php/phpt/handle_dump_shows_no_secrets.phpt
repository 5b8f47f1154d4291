--TEST--
Nothing of a handle can be printed: no secret, no configuration
--FILE--
<?php
require __DIR__ . '/helper.inc';
$secret = ['key' => 'CANARY-K', 'secret' => 'CANARY-S', 'token' => 'CANARY-T'];
$s3 = s3_open(['credentials' => $secret]);
unset($secret);
var_dump($s3);
print_r($s3);
echo "\n";
var_export($s3);
echo "\n", json_encode($s3), "\n";
dump_in_every_way($s3);

function dump_in_every_way(object $object): void
{
    ob_start();
    debug_zval_dump($object, (array) $object, get_object_vars($object), get_mangled_object_vars($object));
    var_dump(new ArrayObject($object));
    foreach ($object as $name => $value) {
        var_dump($name, $value);
    }
    echo new ReflectionObject($object);
    var_dump(str_contains((string) ob_get_clean(), 'CANARY'));
}

var_dump($s3->list());
?>
--EXPECTF--
object(S3Storage)#%d (0) {
}
S3Storage Object
(
)

%AS3Storage::__set_state(array(
))
{}
bool(false)
object(S3Storage\ObjectIterator)#%d (0) {
}
