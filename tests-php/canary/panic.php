<?php

/**
 * Panics on purpose, at the place that `CANARY_PLACE` names and with secrets among the words of the panic, and prints
 * whatever PHP can print of it. `CanaryTest` looks through it.
 */

// A script with its functions.
// phpcs:disable PSR1.Files.SideEffects

declare(strict_types=1);

require __DIR__ . '/channels.php';

$s3 = new S3Storage(configuration());
$s3->listen(static fn (object $event) => dump('an event', $event));
$s3->setLogger(new class {
    /** @param array<string, mixed> $context */
    public function log(mixed $level, string $message, array $context): void
    {
        channel('log', static fn () => var_dump($level, $message, $context));
    }
});
ini_set('s3storage.log_level', 'debug');
$s3->write('a', 'content');
$stream = $s3->readStream('a');

/** Panics in the call only: whatever is printed of it must not panic, too. */
function panicking(string $name, callable $call): void
{
    failing($name, static function () use ($call): mixed {
        $words = array_map(getenv(...), ['CANARY_KEY', 'CANARY_SECRET', 'CANARY_TOKEN', 'CANARY_CUSTOMER_KEY']);
        putenv('S3STORAGE_PANIC=' . getenv('CANARY_PLACE') . ':' . implode(' ', $words));
        unset($words);
        try {
            return $call();
        } finally {
            putenv('S3STORAGE_PANIC=nowhere');
        }
    });
}

panicking('exists', static fn () => $s3->exists('a'));
panicking('read', static fn () => $s3->read('a', options: ['customerKey' => customer_key()]));
panicking('contents', static fn () => $s3->readMany(['a'])->current());
panicking('listing', static fn () => iterator_to_array($s3->list()));
panicking('stream', static fn () => [fseek($stream, 1), fstat($stream), fread($stream, 3), fclose($stream)]);
panicking('another handle', static fn () => $s3->bucket('files'));
panicking('a new one', static fn () => new S3Storage(configuration()));
panicking('setting', static fn () => ini_set('s3storage.config', 'x'));
panicking('level', static fn () => ini_set('s3storage.log_level', 'error'));
panicking('phpinfo', static fn () => phpinfo(INFO_MODULES));
channel('the last error', static fn () => var_dump(error_get_last()));
echo "\n## end of script\n";
