<?php

declare(strict_types=1);

// What Composer would do: Symfony as Debian packages it, the library, a double of flysystem-bundle, and the
// application, of which a test has made a copy: in debug mode Symfony writes into `config/`.
require_once __DIR__ . '/../../autoload.php';
require_once __DIR__ . '/InstalledVersions.php';
$bundles = ['Bundle/FrameworkBundle', 'Bundle/TwigBundle', 'Bundle/WebProfilerBundle'];
foreach ([...$bundles, 'Component/Console', 'Component/Messenger', 'Component/Yaml'] as $package) {
    require_once "Symfony/$package/autoload.php";
}
spl_autoload_register(static function (string $class): void {
    $folders = [
        'App\\' => getenv('APP_FOLDER') . '/src/',
        'League\\FlysystemBundle\\' => __DIR__ . '/../../flysystem-bundle/',
    ];
    foreach ($folders as $namespace => $folder) {
        $file = $folder . str_replace('\\', '/', substr($class, strlen($namespace))) . '.php';
        if (str_starts_with($class, $namespace) && is_file($file)) {
            require $file;
        }
    }
}, prepend: true);
