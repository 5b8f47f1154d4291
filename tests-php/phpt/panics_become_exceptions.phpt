--TEST--
A panic of ours becomes an exception without its words, gives back its place, and the process goes on
--ENV--
S3STORAGE_PANIC=nowhere
--SKIPIF--
<?php
putenv('S3STORAGE_PANIC=method');
try {
    S3Storage::status();
    echo 'skip a release build has no forced panics';
} catch (S3Storage\Exception\OperationFailedException) {
}
?>
--FILE--
<?php
require __DIR__ . '/helper.inc';
// Looked at from outside: the words of a panic would go to standard error.
if (getenv('WITHIN') === false) {
    foreach (['', 'start', 'end_request', 'shut_down', 'get_module'] as $place) {
        $command = [PHP_BINARY, '-n', '-d', 'extension=' . getenv('S3STORAGE_EXTENSION'), '-d', 'error_reporting=0', __FILE__];
        $environment = ['WITHIN' => '1', 'S3STORAGE_PANIC' => "$place:CANARY"] + getenv();
        $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null, $environment);
        $said = stream_get_contents($pipes[1]);
        $errors = stream_get_contents($pipes[2]);
        $ended = proc_close($process);
        if ($place === '') {
            echo $said;
        }
        printf("%s: %s, %d, %s, %s\n", $place ?: 'without', str_contains($said, 'end of script') ? 'ran' : 'did not run', $ended,
            preg_match('~^s3storage: internal error at src/\S+:\d+:\d+: its words are not told$~m', $errors), str_contains($said . $errors, 'CANARY') ? 'CANARY' : 'nothing told');
    }
    exit;
}
if (getenv('S3STORAGE_PANIC') === ':CANARY') {
    $s3 = s3_open([], ['max_concurrent_operations' => 1]);
    $s3->write('a', 'content');
    $at = static function (string $place, callable $call): void {
        putenv("S3STORAGE_PANIC=$place:CANARY");
        try {
            $answer = $call();
            putenv('S3STORAGE_PANIC');
            echo "$place: ", var_export($answer, true), "\n";
        } catch (Throwable $e) {
            putenv('S3STORAGE_PANIC');
            echo "$place: ", get_class($e), ': ', $e->getMessage(), "\n";
        }
    };
    $at('method', static fn () => $s3->exists('a'));
    // Twice, in a limit of one: the place came back.
    $at('operation', static fn () => $s3->read('a'));
    $at('operation', static fn () => $s3->write('a', str_repeat('x', 12 << 20)));
    $at('operation', static fn () => $s3->writeStream('a', fopen('data://text/plain,' . str_repeat('x', 12 << 20), 'r')));
    $at('operation', static fn () => $s3->readMany(['a'])->current());
    $at('operation', static fn () => iterator_to_array($s3->list()));
    $stream = $s3->readStream('a');
    $at('seek', static fn () => fseek($stream, 2));
    $at('stat', static fn () => fstat($stream));
    $at('read', static fn () => fread($stream, 3));
    $at('close', static fn () => fclose($stream));
    $at('create', static fn () => $s3->bucket('files')->exists('a'));
    $at('free', static function () use ($s3): void {
        $handle = $s3->bucket('files');
        unset($handle);
    });
    $at('accept', static fn () => ini_set('s3storage.config', 'x'));
    $at('info', static function (): bool {
        ob_start();
        phpinfo(INFO_MODULES);
        return str_contains((string) ob_get_clean(), 'Module Name');
    });
    echo $s3->read('a'), ' ', json_encode($s3->stats()['files']['running']), "\n";
    s3_clean($s3);
} else {
    S3Storage::status();
}
echo "end of script\n";
?>
--EXPECT--
method: S3Storage\Exception\OperationFailedException: internal error in the s3storage extension: this is a bug of the extension; standard error tells its place
operation: S3Storage\Exception\OperationFailedException: internal error in the s3storage extension: this is a bug of the extension; standard error tells its place
operation: S3Storage\Exception\OperationFailedException: write a: the upload could not be begun
operation: S3Storage\Exception\OperationFailedException: write a: the upload could not be begun
operation: S3Storage\Exception\OperationFailedException: internal error in the s3storage extension: this is a bug of the extension; standard error tells its place
operation: S3Storage\Exception\OperationFailedException: internal error in the s3storage extension: this is a bug of the extension; standard error tells its place
seek: -1
stat: false
read: S3Storage\Exception\OperationFailedException: internal error in the s3storage extension: this is a bug of the extension; standard error tells its place
close: true
create: S3Storage\Exception\InvalidConfigException: S3Storage::__construct() was not called
free: NULL
accept: false
info: true
content 0
end of script
without: ran, 0, 1, nothing told
start: did not run, 254, 1, nothing told
end_request: ran, 0, 1, nothing told
shut_down: ran, 0, 1, nothing told
get_module: did not run, 6, 1, nothing told
