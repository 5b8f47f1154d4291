--TEST--
A DateTimeInterface whose getTimestamp() answers no int, or throws, ends in an exception
--FILE--
<?php
require __DIR__ . '/helper.inc';

class Nonsense extends DateTimeImmutable
{
    #[ReturnTypeWillChange]
    public function getTimestamp()
    {
        return 'soon';
    }
}

class Throwing extends DateTimeImmutable
{
    public function getTimestamp(): int
    {
        throw new LogicException('no time');
    }
}

foreach ([new Nonsense(), new Throwing(), new DateTimeImmutable('-1 hour'), new DateTimeImmutable()] as $end) {
    try {
        var_dump(s3_open()->presignGet('a', $end));
    } catch (Exception $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
}
?>
--EXPECTF--
S3Storage\Exception\InvalidArgumentException: getTimestamp() of expiresIn must answer an int
LogicException: no time
S3Storage\Exception\InvalidArgumentException: expiresIn must be 1 second to 7 days (604800 seconds) from now, not -%d seconds
S3Storage\Exception\InvalidArgumentException: expiresIn must be 1 second to 7 days (604800 seconds) from now, not -%d seconds
