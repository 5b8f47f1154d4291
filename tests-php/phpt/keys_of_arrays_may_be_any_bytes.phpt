--TEST--
Array keys that are not UTF-8 are refused with a typed exception, never a panic
--FILE--
<?php
require __DIR__ . '/helper.inc';

$attempts = [
    static fn () => new S3Storage(["\xff" => 1]),
    static fn () => new S3Storage(['servers' => ["\xff" => []]]),
    static fn () => s3_open()->write('a', 'x', metadata: ["\xff" => 'v']),
    static fn () => s3_open()->write('a', 'x', options: ["\xff" => 'v']),
    static fn () => s3_open()->write('a', 'x', options: ['tags' => ["\xff" => 'v']]),
    static fn () => s3_open()->write('a', 'x', metadata: ['float' => 1.5]),
];
foreach ($attempts as $attempt) {
    try {
        $attempt();
        echo "nothing thrown\n";
    } catch (S3Storage\Exception\S3Exception $e) {
        echo $e->getErrorCode(), ': ', $e->getMessage(), "\n";
    }
}
?>
--EXPECT--
INVALID_CONFIG: invalid configuration: configuration: has a key that is not UTF-8 text
INVALID_CONFIG: invalid configuration: servers: has a key that is not UTF-8 text
INVALID_ARGUMENT: metadata has a key that is not UTF-8 text
INVALID_ARGUMENT: options has a key that is not UTF-8 text
INVALID_ARGUMENT: tags has a key that is not UTF-8 text
INVALID_ARGUMENT: metadata "float" must be a string or an int
