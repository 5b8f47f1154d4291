--TEST--
exit() in the middle of an upload: the upload is aborted, and the process ends within s3storage.grace_period whatever the server does
--FILE--
<?php
require __DIR__ . '/helper.inc';
$log = (string) tempnam(sys_get_temp_dir(), 's3storage-log-');
$script = (string) tempnam(sys_get_temp_dir(), 's3storage-script-');
file_put_contents($script, '<?php
    require ' . var_export(__DIR__ . '/helper.inc', true) . ';
    $s3 = s3_open(["endpoint" => getenv("SLOW_ENDPOINT"), "max_attempts" => 1]);
    $file = tmpfile();
    ftruncate($file, 12 << 20);
    register_shutdown_function(fn () => print(S3Storage::status()["state"] . "\n"));
    fwrite(STDERR, (string) microtime(true));
    $s3->uploadFile("a", stream_get_meta_data($file)["uri"], progress: fn () => exit(7));
');

/** Runs it against a server that takes so long, and tells how long it took to end. */
function ends(string $answers, string $grace): void
{
    global $log, $script;
    file_put_contents($log, '');
    $null = ['file', '/dev/null', 'w'];
    $server = proc_open([PHP_BINARY, '-n', __DIR__ . '/slow_server.inc', $answers, $log], [['pipe', 'r'], ['pipe', 'w'], $null], $of);
    $extension = getenv('S3STORAGE_EXTENSION');
    $command = [PHP_BINARY, '-n', '-d', "extension=$extension", '-d', "s3storage.grace_period=$grace", $script];
    $environment = ['SLOW_ENDPOINT' => trim((string) fgets($of[1]))] + getenv();
    $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null, $environment);
    $said = trim((string) stream_get_contents($pipes[1]));
    $began = (float) stream_get_contents($pipes[2]);
    $status = proc_close($process);
    $took = microtime(true) - $began;
    fclose($of[0]);
    proc_close($server);
    $met = implode(' ', array_unique(explode("\n", trim((string) file_get_contents($log)))));
    printf("%s, exit status %d, server: %s, %s\n", $said, $status, $met, match (true) {
        $took < 1.9 => 'at once',
        $took < 3.4 => 'in about 2 s',
        $took < 8.0 => 'in about 4 s',
        default => "in $took s",
    });
}

ends('0', '30');
// Longer than the call itself waits: the end of the process waits for the rest.
ends('3.5', '30');
ends('60', '2');
ends('60', '4');
ends('60', '0');
unlink($log);
unlink($script);
?>
--EXPECTREGEX--
serving, exit status 7, server: abort answered, at once
serving, exit status 7, server: abort answered, in about 4 s
serving, exit status 7, server: abort, in about 2 s
serving, exit status 7, server: abort, in about 4 s
serving, exit status 7, server: (abort)?, at once
