<?php

declare(strict_types=1);

use S3Storage\Tests\Environment;

require __DIR__ . '/autoload.php';

$problems = Environment::problems();
if ($problems !== []) {
    fwrite(STDERR, "The tests cannot run here:\n- " . implode("\n- ", $problems) . "\n");
    exit(1);
}
