--TEST--
Handles in globals and statics, and an iterator left half-way, outlive the script without harm
--FILE--
<?php
require __DIR__ . '/helper.inc';

final class Keeper
{
    public static ?S3Storage $s3 = null;
    public static ?Iterator $list = null;

    public static function get(): S3Storage
    {
        static $own = null;
        return $own ??= s3_open();
    }
}

Keeper::$s3 = s3_open();
Keeper::$s3->write('a', 'x');
Keeper::$s3->write('b', 'x');
Keeper::get()->exists('a');
Keeper::$list = Keeper::$s3->list();
echo Keeper::$list->current()->pathname, "\n";
$half = Keeper::$s3->list();
$half->next();
$cycle = new stdClass();
$cycle->self = $cycle;
$cycle->s3 = Keeper::$s3->bucket('files');
$error = null;
try {
    Keeper::$s3->read('missing');
} catch (S3Storage\Exception\S3Exception $error) {
}
$info = $half->current();
s3_clean(Keeper::$s3);
echo "done\n";
?>
--EXPECT--
a
done
