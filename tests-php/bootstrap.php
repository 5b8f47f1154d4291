<?php

declare(strict_types=1);

use S3Storage\Tests\Environment;

spl_autoload_register(static function (string $class): void {
    $namespace = 'S3Storage\\Tests\\';
    if (!str_starts_with($class, $namespace)) {
        return;
    }
    $file = __DIR__ . '/src/' . str_replace('\\', '/', substr($class, strlen($namespace))) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

$problems = Environment::problems();
if ($problems !== []) {
    fwrite(STDERR, "The tests cannot run here:\n- " . implode("\n- ", $problems) . "\n");
    exit(1);
}
