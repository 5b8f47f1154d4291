--TEST--
A stream of the wrapper that is still open when the script ends writes what it has, unless the script has failed
--INI--
display_errors=1
--FILE--
<?php
$code = <<<'CODE'
$config = ['servers' => ['local' => ['driver' => 'local', 'root' => getenv('ROOT')]],
    'buckets' => ['b' => ['server' => 'local', 'bucket' => 'b']]];
S3Storage::registerStreamWrapper(new S3Storage($config));
$stream = fopen('s3://b/' . getenv('NAME'), 'w');
fwrite($stream, 'content');
CODE;
$root = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6));
mkdir($root);
mkdir("$root/b");
$binary = getenv('TEST_PHP_EXECUTABLE') ?: PHP_BINARY;
$extension = getenv('S3STORAGE_EXTENSION') ?: 's3storage';
$local = static fn (string $exit) => 'unset($stream); (static function () { $own = fopen("s3://b/" . getenv("NAME"), "w");'
    . " fwrite(\$own, 'own'); $exit })();";
foreach ([
    'returned' => '', 'exited' => 'exit(0);', 'exited_with_3' => 'exit(3);',
    'thrown' => 'throw new Exception("on purpose");', 'fatal' => 'missing_function();',
    'exited_in_a_function' => $local('exit(0);'), 'failed_in_a_function' => $local('exit(255);'),
    'reported' => 'register_shutdown_function(static fn () => file_put_contents("s3://b/" . getenv("NAME"), "report")); missing_function();',
    'kept_by_a_global' => '$GLOBALS["keep"] = $stream;', 'forked' => 'if (pcntl_fork() === 0) { exit(0); } pcntl_wait($status);',
] as $name => $end) {
    putenv("ROOT=$root");
    putenv("NAME=$name");
    $out = shell_exec(escapeshellarg($binary) . ' -n -d extension=pcntl -d extension=' . escapeshellarg($extension)
        . ' -d display_errors=0 -r ' . escapeshellarg($code . $end) . ' 2>/dev/null');
    echo $name, ': ', is_file("$root/b/$name") ? file_get_contents("$root/b/$name") : 'nothing', $out ? " ($out)" : '', "\n";
}
exec('rm -rf ' . escapeshellarg($root));
?>
--EXPECT--
returned: content
exited: content
exited_with_3: content
thrown: nothing
fatal: nothing
exited_in_a_function: own
failed_in_a_function: content
reported: report
kept_by_a_global: content
forked: content
