<?php

/**
 * A script with one GET, from its start: what `run.php` takes the time of, beside that of PHP without a script.
 *
 *   php -n … benches/cold.php CONTENDER ENDPOINT
 */

declare(strict_types=1);

use S3Storage\Benches\Target;

require __DIR__ . '/src/Contender.php';
require __DIR__ . '/src/Target.php';
if (in_array($argv[1], ['S3storage', 'Adapter'], true)) {
    require __DIR__ . '/src/FileStore.php';
}
if (in_array($argv[1], ['Flysystem', 'Adapter'], true)) {
    require __DIR__ . '/src/Contenders/OnFlysystem.php';
}
if (in_array($argv[1], ['AwsSdk', 'AsyncAws', 'Flysystem'], true)) {
    $vendor = is_dir((string) getenv('PEERS')) ? getenv('PEERS') : __DIR__ . '/vendor';
    if (!is_file("$vendor/autoload.php")) {
        exit(2);
    }
    require "$vendor/autoload.php";
}
require __DIR__ . "/src/Contenders/$argv[1].php";

$class = "S3Storage\\Benches\\Contenders\\$argv[1]";
if ($class::missing() !== null) {
    exit(2);
}
exit(strlen((new $class(new Target($argv[2], null)))->get('4096/bench.bin')) === 4096 ? 0 : 1);
