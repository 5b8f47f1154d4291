<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The PHP of one of this project's documents, as one script: what a reader gets who types it in from top to bottom. */
final class Snippets
{
    /**
     * Runs it against a configuration, which `new S3Storage()` finds.
     *
     * @param array<string, mixed> $config
     * @param string $before what the document takes for granted
     */
    public static function run(string $document, array $config, string $before = ''): Php
    {
        $file = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6)) . '.json';
        file_put_contents($file, json_encode($config));
        try {
            $autoload = 'require ' . var_export(dirname(__DIR__) . '/autoload.php', true) . ';';
            $code = $autoload . "\n" . $before . "\n" . self::of($document);
            // Libraries that are older than the running PHP may have something of theirs deprecated.
            $ini = ['error_reporting' => (string) (E_ALL & ~E_DEPRECATED)];
            return Php::run($code, ['S3STORAGE_CONFIG' => $file], $ini);
        } finally {
            unlink($file);
        }
    }

    public static function of(string $document): string
    {
        $text = (string) file_get_contents(__DIR__ . "/../../docs/$document");
        preg_match_all('/^```php\n(.*?)^```$/ms', $text, $matches);
        return implode("\n", $matches[1]);
    }
}
