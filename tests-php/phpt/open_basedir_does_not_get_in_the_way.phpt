--TEST--
Under open_basedir everything works
--DESCRIPTION--
The local paths that this release takes have tests of their own (ConfigFileTest, open_basedir_holds_for_files); this shows that
nothing else that is needed (connections, URLs) trips over open_basedir. A method that takes a path must add its own test.
--FILE--
<?php
require __DIR__ . '/helper.inc';
$directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
mkdir($directory);
register_shutdown_function(fn () => proc_close(proc_open(['rmdir', $directory], [], $pipes)));
var_dump(ini_set('open_basedir', $directory) !== false);
var_dump(@file_get_contents('/etc/hostname'));
$s3 = s3_open();
$s3->write('a', 'content');
var_dump($s3->read('a'), $s3->exists('a'), $s3->getMetadata('a')->size, iterator_count($s3->list()));
var_dump(file_get_contents($s3->presignGet('a')->url));
$s3->copy('a', 'b');
$s3->move('b', 'c');
$s3->delete('a');
var_dump($s3->list()->current()->pathname);
s3_thrown(fn () => $s3->read('../../etc/passwd'));
s3_clean($s3);
?>
--EXPECT--
bool(true)
bool(false)
string(7) "content"
bool(true)
int(7)
int(1)
string(7) "content"
string(1) "c"
S3Storage\Exception\InvalidPathnameException: pathname "../../etc/passwd": a pathname must not contain a `.` or `..` segment
