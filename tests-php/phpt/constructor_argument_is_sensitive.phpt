--TEST--
The configuration does not show in traces, not even where arguments do
--INI--
zend.exception_ignore_args=0
--FILE--
<?php
try {
    new S3Storage(['servers' => ['a' => ['credentials' => ['key' => 'CANARY-K', 'secret' => 'CANARY-S'], 'x' => 1]]]);
} catch (S3Storage\Exception\InvalidConfigException $e) {
    echo $e->getTraceAsString(), "\n";
    var_dump($e->getTrace()[0]['args']);
    var_dump(str_contains(print_r($e, true), 'CANARY'));
}
$parameter = (new ReflectionClass('S3Storage'))->getConstructor()->getParameters()[0];
echo $parameter->getAttributes()[0]->getName(), "\n";
new S3Storage(['servers' => ['a' => ['credentials' => ['key' => 'CANARY-K', 'secret' => ['CANARY-S']]]]]);
?>
--EXPECTF--
#0 %s(3): S3Storage->__construct(Object(SensitiveParameterValue))
#1 {main}
array(1) {
  [0]=>
  object(SensitiveParameterValue)#%d (0) {
  }
}
bool(false)
SensitiveParameter

Fatal error: Uncaught S3Storage\Exception\InvalidConfigException: invalid configuration: servers.a.credentials.secret: must be a string, not a list in %s:11
Stack trace:
#0 %s(11): S3Storage->__construct(Object(SensitiveParameterValue))
#1 {main}
  thrown in %s on line 11
