--TEST--
A grace period that is no number of seconds is refused with a reason, and the default stays
--FILE--
<?php
$extension = getenv('S3STORAGE_EXTENSION');
foreach (['0', ' 45 ', '3600', '3601', '-1', '1.5', '10s', '', "\u{7}"] as $value) {
    $command = [PHP_BINARY, '-n', '-d', 'display_startup_errors=1', '-d', 'display_errors=1', '-d', 'html_errors=0', '-d', "extension=$extension", '-d', "s3storage.grace_period=\"$value\"",
        '-r', 'echo S3Storage::status()["grace_period"], "\n";'];
    $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes);
    echo preg_replace('/ in Unknown on line 0|^\s+/m', '', stream_get_contents($pipes[1]));
    proc_close($process);
}
?>
--EXPECT--
0
45
3600
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not "3601"; it stays 30
30
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not "-1"; it stays 30
30
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not "1.5"; it stays 30
30
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not "10s"; it stays 30
30
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not ""; it stays 30
30
Warning: PHP Startup: s3storage.grace_period must be a whole number of seconds from 0 to 3600, not "\u{7}"; it stays 30
30
