<?php

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    $folders = [
        'S3Storage\\Tests\\' => __DIR__ . '/src/',
        'S3Storage\\' => __DIR__ . '/../php/src/',
        'Amp\\' => __DIR__ . '/amp/',
        'OpenTelemetry\\API\\' => __DIR__ . '/opentelemetry/',
        'Spiral\\Goridge\\' => __DIR__ . '/goridge/',
    ];
    // Flysystem as Debian packages it, with an autoloader of its own.
    if (str_starts_with($class, 'League\\') && stream_resolve_include_path('League/Flysystem/autoload.php') !== false) {
        require_once 'League/Flysystem/autoload.php';
        return;
    }
    foreach ($folders as $namespace => $folder) {
        if (str_starts_with($class, $namespace)) {
            $file = $folder . str_replace('\\', '/', substr($class, strlen($namespace))) . '.php';
            if (is_file($file)) {
                require $file;
            }
            return;
        }
    }
});
