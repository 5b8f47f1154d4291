--TEST--
s3storage is loaded, and stores and gives back
--EXTENSIONS--
s3storage
--FILE--
<?php
$s3 = S3Storage::fake();
$s3->write('a.txt', 'Hello');
echo phpversion('s3storage') !== false ? 'loaded' : 'not loaded', ', ', $s3->read('a.txt'), "\n";
?>
--EXPECT--
loaded, Hello
