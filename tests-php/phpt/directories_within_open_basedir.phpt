--TEST--
uploadDirectory, downloadDirectory and sync touch nothing that open_basedir forbids, links that are followed included
--FILE--
<?php
require __DIR__ . '/helper.inc';
$directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
mkdir("$directory/in/tree/sub", 0700, true);
mkdir("$directory/out");
file_put_contents("$directory/out/secret", 'secret');
file_put_contents("$directory/in/tree/file", 'x');
symlink("$directory/out", "$directory/in/tree/folder");
symlink("$directory/out/secret", "$directory/in/tree/link");
symlink("../file", "$directory/in/tree/sub/inside");
symlink("$directory/out", "$directory/in/out");
register_shutdown_function(fn () => proc_close(proc_open(['rm', '-r', $directory], [], $pipes)));
ini_set('open_basedir', "$directory/in");
chdir("$directory/in");
$nowhere = s3_nowhere();
foreach (["$directory/out", '../out', 'out', '/', ''] as $path) {
    s3_thrown(fn () => $nowhere->uploadDirectory($path));
    s3_thrown(fn () => $nowhere->downloadDirectory('', $path));
    s3_thrown(fn () => $nowhere->sync($path, direction: 'down'));
}

$s3 = s3_open();
$result = $s3->uploadDirectory('tree', followSymlinks: true, throw: false);
$succeeded = $result->succeeded;
sort($succeeded);
echo implode(' ', $succeeded), "\n";
foreach ($result->failed as $failure) {
    echo $failure->pathname, ': ', $failure->exception->getMessage(), "\n";
}
echo count($s3->downloadDirectory('', 'new/copy')->succeeded), "\n";
s3_clean($s3);
?>
--EXPECTF--
S3Storage\Exception\InvalidArgumentException: the path "%sout" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "%sout" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "%sout" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "../out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "../out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "../out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "out" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "/" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "/" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "/" is not within open_basedir
S3Storage\Exception\InvalidArgumentException: the path "" is empty
S3Storage\Exception\InvalidArgumentException: the path "" is empty
S3Storage\Exception\InvalidArgumentException: the path "" is empty
file sub/inside
folder: the path "%sfolder" is not within open_basedir
link: the path "%slink" is not within open_basedir
2
