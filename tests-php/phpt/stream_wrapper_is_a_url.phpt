--TEST--
The stream wrapper is one of URLs: include obeys allow_url_include, everything obeys allow_url_fopen
--INI--
allow_url_fopen=1
allow_url_include=0
--FILE--
<?php
$s3 = S3Storage::fake();
S3Storage::registerStreamWrapper($s3);
$s3->write('code.php', '<?php echo "included\n";');
echo strlen(file_get_contents('s3://default/code.php')), "\n";
include 's3://default/code.php';
?>
--EXPECTF--
24

Warning: include(): s3:// wrapper is disabled in the server configuration by allow_url_include=0 in %s on line %d

Warning: include(s3://default/code.php): Failed to open stream: no suitable wrapper could be found in %s on line %d

Warning: include(): Failed opening 's3://default/code.php' for inclusion (include_path=%s) in %s on line %d
