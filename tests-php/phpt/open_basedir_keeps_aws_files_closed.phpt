--TEST--
Under open_basedir no variable makes the AWS chain open a file
--FILE--
<?php
require __DIR__ . '/helper.inc';
$directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
mkdir($directory);
$key = getenv('S3_ACCESS_KEY');
$secret = getenv('S3_SECRET_KEY');
file_put_contents("$directory/credentials", "[default]\naws_access_key_id=$key\naws_secret_access_key=$secret\n");
$_SERVER['AWS_SHARED_CREDENTIALS_FILE'] = "$directory/credentials";
$_SERVER['AWS_EC2_METADATA_DISABLED'] = 'true';
var_dump(s3_open(['credentials' => null])->exists('a'));

mkdir("$directory/inside");
register_shutdown_function(fn () => proc_close(proc_open(['rm', '-r', $directory], [], $pipes)));
ini_set('open_basedir', "$directory/inside");
try {
    s3_open(['credentials' => null])->exists('a');
    echo "the file was read\n";
} catch (S3Storage\Exception\PermissionDeniedException $e) {
    echo $e->getMessage(), "\n";
}
var_dump(s3_open()->exists('a'));
?>
--EXPECTF--
bool(false)
exists a: no credentials: looked at: %s
bool(false)
