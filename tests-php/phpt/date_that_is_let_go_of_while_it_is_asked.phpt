--TEST--
A DateTimeInterface stays until it has answered, also where an array only refers to it and it takes that away
--FILE--
<?php
final class Fleeting extends DateTime
{
    public function getTimestamp(): int
    {
        $GLOBALS['date'] = null;
        echo "asked\n";
        return parent::getTimestamp();
    }

    public function __destruct()
    {
        echo "gone\n";
    }
}

$s3 = S3Storage::fake();
$s3->write('a', 'x');
$date = new Fleeting('@1000000000');
$options = ['ifModifiedSince' => &$date];
echo $s3->read('a', options: $options), "\n";
?>
--EXPECT--
asked
gone
x
