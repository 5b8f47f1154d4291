--TEST--
S3Storage::status() tells the state of the process, its connections and its versions, and no secret
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip needs pcntl');
}
?>
--ENV--
S3STORAGE_CONFIG=
--FILE--
<?php
require __DIR__ . '/helper.inc';

function tell(): void
{
    $status = S3Storage::status();
    printf("%s, generation %d, runtime %s, threads %d, ", $status['state'], $status['generation'], var_export($status['runtime'], true), $status['threads']);
    printf("uptime %s, own pid %s, clients: ", get_debug_type($status['uptime']), var_export($status['pid'] === getmypid(), true));
    echo json_encode($status["clients"]), "\n";
}

echo implode(' ', array_keys(S3Storage::status())), "\n";
tell();
ini_set('s3storage.config', '/srv/s3.yaml');
echo S3Storage::status()['state'], "\n";
ini_set('s3storage.config', '');
echo S3Storage::status()['state'], "\n";
$s3 = s3_open(['provider' => 'generic']);
tell();
$s3->write('a', 'x');
$clients = static function (): string {
    return json_encode(array_map(static fn (array $client): array => ['endpoint' => $client['endpoint'] === substr(getenv('S3_ENDPOINT'), 7)] + $client, S3Storage::status()['clients']));
};
echo $clients(), "\n";
$stream = $s3->readStream('a');
echo $clients(), "\n";
fclose($stream);
$status = S3Storage::status();
var_dump($status['uptime'] > 0 && $status['uptime'] < 60, $status['grace_period'], $status['versions']['s3storage'] === phpversion('s3storage'));
foreach ($status['versions'] as $version) {
    preg_match('/^\d+\.\d+\.\d+/', $version) === 1 or print("no version: $version\n");
}
$kept = $status['persistent_buckets'];
$s3->registerBucket('kept', 'main', 'some-bucket', persistent: true);
var_dump(S3Storage::status()['persistent_buckets'] - $kept);
$text = var_export(S3Storage::status(), true);
var_dump(str_contains($text, getenv('S3_SECRET_KEY')), str_contains($text, getenv('S3_ACCESS_KEY')));
flush();
$child = pcntl_fork();
if ($child === 0) {
    $status = S3Storage::status();
    echo 'child: ', $status['state'], ', ', $status['generation'], ', ', count($status['clients']), ', kept ', $status['persistent_buckets'], "\n";
    $s3->read('a');
    $status = S3Storage::status();
    echo 'child: ', $status['state'], ', ', $status['generation'], ', ', count($status['clients']), "\n";
    exit(0);
}
pcntl_waitpid($child, $_);
echo S3Storage::status()['state'], ', ', S3Storage::status()['generation'], "\n";
$s3->delete('a');
?>
--EXPECT--
state pid generation uptime grace_period threads runtime clients persistent_buckets configurations middleware versions
disabled, generation 0, runtime false, threads 0, uptime null, own pid true, clients: []
idle
disabled
idle, generation 0, runtime false, threads 0, uptime null, own pid true, clients: []
[{"endpoint":true,"driver":"s3","provider":"generic","connections":{"idle":1,"in_use":0}}]
[{"endpoint":true,"driver":"s3","provider":"generic","connections":{"idle":0,"in_use":1}}]
bool(true)
int(30)
bool(true)
int(1)
bool(false)
bool(false)
child: idle, 0, 0, kept 1
child: serving, 2, 1
serving, 1
