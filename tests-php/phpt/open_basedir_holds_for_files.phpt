--TEST--
uploadFile and downloadFile open nothing that open_basedir forbids, and nothing is sent
--FILE--
<?php
require __DIR__ . '/helper.inc';
$directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
mkdir("$directory/in", 0700, true);
file_put_contents("$directory/out", 'secret');
symlink("$directory/out", "$directory/in/link");
register_shutdown_function(fn () => proc_close(proc_open(['rm', '-r', $directory], [], $pipes)));
ini_set('open_basedir', "$directory/in");
chdir("$directory/in");
$nowhere = s3_nowhere();
foreach (["$directory/out", '../out', 'link', '/etc/passwd'] as $path) {
    s3_thrown(fn () => $nowhere->uploadFile('a', $path));
    s3_thrown(fn () => $nowhere->downloadFile('a', $path));
}

$s3 = s3_open();
file_put_contents('file', 'content');
var_dump($s3->uploadFile('a', 'file')->size);
foreach ([false, true] as $resume) {
    $s3->downloadFile('a', './copy', resume: $resume);
    var_dump(file_get_contents("$directory/in/copy"));
}
s3_clean($s3);

// A file that is allowed in a folder that is not: what is received first would be outside.
ini_set('open_basedir', "$directory/in/file");
s3_thrown(fn () => $nowhere->downloadFile('a', "$directory/in/file"));
?>
--EXPECTF--
S3Storage\Exception\InvalidArgumentException: the path "%sout" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "%sout" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "../out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "../out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "link" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "link" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "/etc/passwd" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "/etc/passwd" is not within open_basedir
int(7)
string(7) "content"
string(7) "content"
S3Storage\Exception\InvalidArgumentException: the path "%sin" is not within open_basedir
