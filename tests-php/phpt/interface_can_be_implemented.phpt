--TEST--
An application can implement S3Storage\Storage, as a decorator of its own
--FILE--
<?php
declare(strict_types=1);

use S3Storage\Storage;

require __DIR__ . '/helper.inc';

// Every method, with the return type that the interface declares; parameters may be wider.
$methods = '';
foreach ((new ReflectionClass(Storage::class))->getMethods() as $method) {
    $name = $method->getName();
    $returns = $method->hasReturnType() ? ': ' . $method->getReturnType() : '';
    $return = $returns === ': void' ? '' : 'return';
    $methods .= "public function $name(...\$all)$returns { echo '$name ';"
        . " $return \$this->inner->$name(...\$all); }\n";
}
eval("final class Logged implements S3Storage\\Storage {
    public function __construct(private S3Storage\\Storage \$inner) {}
    $methods
}");

function used_by_an_application(Storage $s3): void
{
    $s3->write('a', content: 'content', contentType: 'text/plain');
    var_dump($s3->read('a', offset: 3), $s3->exists('a'), iterator_count($s3->list()), $s3->listBuckets());
    $s3->delete('a');
}
used_by_an_application(new Logged(s3_open()));
?>
--EXPECT--
write read exists list listBuckets string(4) "tent"
bool(true)
int(1)
array(2) {
  ["buckets"]=>
  array(1) {
    [0]=>
    string(5) "files"
  }
  ["default"]=>
  string(5) "files"
}
delete 
