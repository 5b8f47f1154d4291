<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The PHP of one of this project's documents, as one script: what a reader gets who types it in from top to bottom. */
final class Snippets
{
    private const FOLDER = __DIR__ . '/../../docs/';

    /**
     * Runs it against a configuration, which `new S3Storage()` finds.
     *
     * @param array<string, mixed> $config
     * @param string $before what the document takes for granted
     * @param array<string, string> $places what stands for a path of the document that this machine does not have
     * @param array<string, string> $environment
     * @param string $after what is asked of what the document has made
     */
    public static function run(
        string $document,
        array $config,
        string $before = '',
        array $places = [],
        array $environment = [],
        string $after = '',
    ): Php {
        $file = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6)) . '.json';
        file_put_contents($file, json_encode($config));
        try {
            $autoload = 'require ' . var_export(dirname(__DIR__) . '/autoload.php', true) . ';';
            $code = $autoload . "\n" . $before . "\n" . strtr(self::of($document), $places) . $after;
            // Libraries that are older than the running PHP may have something of theirs deprecated.
            $ini = ['error_reporting' => (string) (E_ALL & ~E_DEPRECATED)];
            return Php::run($code, ['S3STORAGE_CONFIG' => $file] + $environment, $ini);
        } finally {
            unlink($file);
        }
    }

    /** @param string $document its file, seen from `docs/` */
    public static function of(string $document): string
    {
        preg_match_all('/^```php\n(.*?)^```$/ms', (string) file_get_contents(self::FOLDER . $document), $matches);
        return implode("\n", $matches[1]);
    }

    /**
     * Every document that shows PHP.
     *
     * @return list<string>
     */
    public static function documents(): array
    {
        $documents = [];
        foreach (['', '../', '../php/', '../php-stubs/'] as $folder) {
            foreach (glob(self::FOLDER . "$folder*.md") ?: [] as $file) {
                $documents[] = $folder . basename($file);
            }
        }
        return array_values(array_filter($documents, static fn (string $document) => self::of($document) !== ''));
    }
}
