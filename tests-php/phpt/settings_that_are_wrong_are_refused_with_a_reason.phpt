--TEST--
A wrong number of threads and a wrong level are refused with a reason, and the default stays
--FILE--
<?php
$extension = getenv('S3STORAGE_EXTENSION');
$values = ['threads' => ['0', ' 64 ', '', '65', '-1', '1.5', 'four', "\u{7}"], 'log_level' => ['debug', 'Debug', 'loud', '']];
foreach ($values as $setting => $given) {
    foreach ($given as $value) {
        $command = [PHP_BINARY, '-n', '-d', 'display_startup_errors=1', '-d', 'display_errors=1', '-d', 'html_errors=0', '-d', "extension=$extension", '-d', "s3storage.$setting=\"$value\"",
            '-r', "echo '[', ini_get('s3storage.$setting'), \"]\\n\";"];
        $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes);
        echo preg_replace('/ in Unknown on line 0|^\s+/m', '', stream_get_contents($pipes[1])), stream_get_contents($pipes[2]);
        proc_close($process);
    }
}
?>
--EXPECT--
[0]
[ 64 ]
[]
Warning: PHP Startup: s3storage.threads must be a whole number from 0 to 64, or empty, not "65"; it stays empty
[]
Warning: PHP Startup: s3storage.threads must be a whole number from 0 to 64, or empty, not "-1"; it stays empty
[]
Warning: PHP Startup: s3storage.threads must be a whole number from 0 to 64, or empty, not "1.5"; it stays empty
[]
Warning: PHP Startup: s3storage.threads must be a whole number from 0 to 64, or empty, not "four"; it stays empty
[]
Warning: PHP Startup: s3storage.threads must be a whole number from 0 to 64, or empty, not "\u{7}"; it stays empty
[]
[debug]
Warning: PHP Startup: s3storage.log_level must be debug, info, notice, warning, error, critical, alert or emergency, not "Debug"; it stays as it was
[warning]
Warning: PHP Startup: s3storage.log_level must be debug, info, notice, warning, error, critical, alert or emergency, not "loud"; it stays as it was
[warning]
Warning: PHP Startup: s3storage.log_level must be debug, info, notice, warning, error, critical, alert or emergency, not ""; it stays as it was
[warning]
