<?php

/**
 * One measurement, in a process of its own; what `run.php` starts, again and again.
 *
 *   php -n … benches/measure.php CONTENDER WORK SIZE CALLS ENDPOINT CA DIRECTORY
 *
 * Says JSON: the number and the most memory that the process held in MB; or what the contender lacks.
 */

declare(strict_types=1);

use S3Storage\Benches\Contenders;
use S3Storage\Benches\NotThere;
use S3Storage\Benches\Target;
use S3Storage\Benches\Work;

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'S3Storage\\Benches\\')) {
        require __DIR__ . '/src/' . strtr(substr($class, strlen('S3Storage\\Benches\\')), '\\', '/') . '.php';
    }
});
foreach ([getenv('PEERS') . '/autoload.php', __DIR__ . '/vendor/autoload.php'] as $autoload) {
    if (is_file($autoload)) {
        require $autoload;
        break;
    }
}

[, $contender, $work, $size, $calls, $endpoint, $caFile, $directory] = $argv;
/** @var class-string<\S3Storage\Benches\Contender> $class */
$class = Contenders::class . "\\$contender";
$missing = $class::missing();
if ($missing !== null) {
    echo json_encode(['missing' => $missing]);
    exit;
}
try {
    $target = new Target($endpoint, $caFile === '' ? null : $caFile);
    $value = (new Work($class, $target, $directory))->run($work, (int) $size, (int) $calls);
} catch (NotThere $lacks) {
    echo json_encode(['missing' => $lacks->getMessage()]);
    exit;
}
preg_match('/VmHWM:\s+(\d+) kB/', (string) file_get_contents('/proc/self/status'), $peak);
echo json_encode(['value' => $value, 'rss' => $peak[1] / 1024], JSON_THROW_ON_ERROR);
