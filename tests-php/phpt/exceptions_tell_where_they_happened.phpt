--TEST--
Exceptions have the file, line and trace of the call, and a previous one where one was pending
--FILE--
<?php
require __DIR__ . '/helper.inc';
$s3 = s3_nowhere();

function outer(S3Storage $s3): void
{
    $s3->read('..');
}

try {
    outer($s3);
} catch (S3Storage\Exception\S3Exception $e) {
    var_dump(basename($e->getFile()), $e->getLine(), $e->getPrevious(), $e->getCode());
    foreach ($e->getTrace() as $frame) {
        echo $frame['class'] ?? '', $frame['type'] ?? '', $frame['function'], ':', $frame['line'], "\n";
    }
}
try {
    try {
        $s3->read('.');
    } finally {
        $s3->read('..');
    }
} catch (S3Storage\Exception\InvalidPathnameException $e) {
    echo $e->getMessage(), "\n", $e->getPrevious()->getMessage(), "\n";
}
try {
    new S3Storage(['servers' => []]);
} catch (S3Storage\Exception\InvalidConfigException $e) {
    var_dump($e->getLine());
}
try {
    array_map([$s3, 'read'], ['..']);
} catch (S3Storage\Exception\InvalidPathnameException $e) {
    var_dump($e->getLine());
}
$e = new S3Storage\Exception\TimeoutException('own', 3, new LogicException('before'));
var_dump($e->getLine(), $e->getCode(), get_class($e->getPrevious()), $e->getErrorCode());
throw $e;
?>
--EXPECTF--
string(39) "exceptions_tell_where_they_happened.php"
int(7)
NULL
int(0)
S3Storage->read:7
outer:11
pathname "..": a pathname must not contain a `.` or `..` segment
pathname ".": a pathname must not contain a `.` or `..` segment
int(28)
int(33)
int(37)
int(3)
string(14) "LogicException"
string(7) "TIMEOUT"

Fatal error: Uncaught LogicException: before in %s:37
Stack trace:
#0 {main}

Next S3Storage\Exception\TimeoutException: own in %s:37
Stack trace:
#0 {main}
  thrown in %s on line 37
