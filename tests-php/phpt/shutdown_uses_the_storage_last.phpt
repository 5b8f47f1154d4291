--TEST--
Shutdown functions and destructors may still use the storage
--FILE--
<?php
require __DIR__ . '/helper.inc';

final class Saver
{
    public function __construct(private S3Storage $s3, private string $name)
    {
    }

    public function __destruct()
    {
        $this->s3->write($this->name, 'saved');
        echo $this->name, ': ', $this->s3->read($this->name), "\n";
        $this->s3->delete($this->name);
    }
}

$s3 = s3_open();
$global = new Saver($s3, 'global');
$cycle = new stdClass();
$cycle->self = $cycle;
$cycle->saver = new Saver($s3, 'cycle');
unset($cycle);
register_shutdown_function(function () use ($s3): void {
    echo 'shutdown function: ', $s3->exists('nothing') ? 'yes' : 'no', "\n";
});
echo "end of script\n";
?>
--EXPECT--
end of script
shutdown function: no
global: saved
cycle: saved
