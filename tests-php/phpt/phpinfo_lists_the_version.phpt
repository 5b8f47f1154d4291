--TEST--
phpinfo() has a section that lists the version
--FILE--
<?php
ob_start();
phpinfo(INFO_MODULES);
$info = (string) ob_get_clean();
$section = preg_match('/^s3storage\n\n(.*?)\n\n/ms', $info, $match) === 1 ? $match[1] : 'no section';
var_dump(str_contains($section, ' => ' . phpversion('s3storage')));
echo preg_replace('/\d+\.\d+\.\d+\S*/', 'VERSION', $section), "\n";
?>
--EXPECTF--
bool(true)
%AVERSION%A
