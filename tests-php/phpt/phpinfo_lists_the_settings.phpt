--TEST--
The settings of php.ini are there: phpinfo() shows them, and a script may change those that are its own
--INI--
s3storage.config=/srv/app/.rr.yaml
s3storage.grace_period=12
s3storage.threads=2
--FILE--
<?php
ob_start();
phpinfo(INFO_MODULES);
$info = (string) ob_get_clean();
$section = preg_match('/^s3storage\n\n(.*?)(?=\n\n[a-z])/ms', $info, $match) === 1 ? $match[1] : 'no section';
echo preg_match('/^s3storage\.config => .*$/m', $section, $match) === 1 ? $match[0] : 'no setting', "\n";
echo preg_match('/^s3storage\.grace_period => .*$/m', $section, $match) === 1 ? $match[0] : 'no setting', "\n";
var_dump(ini_get_all('s3storage'));
var_dump(ini_set('s3storage.threads', '1'));
var_dump(ini_set('s3storage.config', '/other.yaml'), ini_get('s3storage.config'));
var_dump(ini_set('s3storage.grace_period', '1'), S3Storage::status()['grace_period']);
var_dump(@ini_set('s3storage.log_level', 'loud'), ini_set('s3storage.log_level', 'debug'), ini_get('s3storage.log_level'));
ini_restore('s3storage.log_level');
var_dump(ini_get('s3storage.log_level'));
?>
--EXPECT--
s3storage.config => /srv/app/.rr.yaml => /srv/app/.rr.yaml
s3storage.grace_period => 12 => 12
array(4) {
  ["s3storage.config"]=>
  array(3) {
    ["global_value"]=>
    string(17) "/srv/app/.rr.yaml"
    ["local_value"]=>
    string(17) "/srv/app/.rr.yaml"
    ["access"]=>
    int(7)
  }
  ["s3storage.grace_period"]=>
  array(3) {
    ["global_value"]=>
    string(2) "12"
    ["local_value"]=>
    string(2) "12"
    ["access"]=>
    int(4)
  }
  ["s3storage.log_level"]=>
  array(3) {
    ["global_value"]=>
    string(7) "warning"
    ["local_value"]=>
    string(7) "warning"
    ["access"]=>
    int(7)
  }
  ["s3storage.threads"]=>
  array(3) {
    ["global_value"]=>
    string(1) "2"
    ["local_value"]=>
    string(1) "2"
    ["access"]=>
    int(4)
  }
}
bool(false)
string(17) "/srv/app/.rr.yaml"
string(11) "/other.yaml"
bool(false)
int(12)
bool(false)
string(7) "warning"
string(5) "debug"
string(7) "warning"
