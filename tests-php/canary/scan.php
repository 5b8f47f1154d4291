<?php

/**
 * Prints everything about the extension that PHP can print, with secrets in the configuration and in the calls, and
 * ends with an exception that nobody catches. `CanaryTest` looks through it.
 *
 * What PHP code holds itself is out of scope, so no variable here has a secret while something is printed.
 */

// A script with its functions.
// phpcs:disable PSR1.Files.SideEffects

declare(strict_types=1);

require __DIR__ . '/channels.php';

set_error_handler(static function (int $level, string $message): bool {
    echo "\n## error handler\n", $message, "\n";
    error_log($message);
    return true;
});

$s3 = new S3Storage(configuration());
dump('the handle', $s3);
dump('another handle', $s3->bucket('files'));
channel('buckets', static fn () => var_dump($s3->listBuckets(), $s3->stats(), $s3->isHealthy()));
if (method_exists($s3, 'status')) {
    channel('status', static fn () => var_dump($s3->status()));
}
dump('a listing', $s3->list());
dump('contents', $s3->readMany(['a']));
dump('versions', $s3->listVersions());
channel('phpinfo', static fn () => phpinfo(INFO_GENERAL | INFO_CONFIGURATION | INFO_MODULES));
channel('settings', static fn () => var_dump(ini_get_all('s3storage')));
channel('the extension', static function (): void {
    echo new ReflectionExtension('s3storage');
});
channel('variables of frames', static fn () => var_dump(array_keys(get_defined_vars())));

// Calls with a secret of their own, which fail at the server, by their options, and while they run.
$options = static fn (array $more = []): array => ['customerKey' => customer_key()] + $more;
for ($i = 0; $i < 6; $i++) {
    failing("read $i", static fn () => $s3->read('a', options: $options()));
    failing("list page $i", static fn () => $s3->listPage());
}
failing('write', static fn () => $s3->write('a', 'x', options: $options()));
failing('unknown option', static fn () => $s3->write('a', 'x', options: $options(['unknown' => customer_key()])));
failing('unknown name', static fn () => $s3->write('a', 'x', options: ['customerKey ' => customer_key()]));
failing('short customer key', static fn () => $s3->read('a', options: ['customerKey' => customer_key() . 'x']));
failing('customer key of a wrong type', static fn () => $s3->read('a', options: ['customerKey' => [customer_key()]]));
failing('type error', static fn () => $s3->read([], options: $options()));
failing('too many', static fn () => $s3->read('a', 0, null, null, null, $options(), 7));
failing('stream', static fn () => $s3->readStream('a', options: $options()));
failing('parts', static fn () => $s3->write('a', str_repeat('x', 6 << 20), options: $options()));
failing('file', static fn () => $s3->uploadFile('a', __FILE__, progress: witness(...), options: $options()));
failing('stream that is sent', static fn () => $s3->writeStream(
    'a',
    fopen(__FILE__, 'r'),
    progress: witness(...),
    options: $options()
));
failing('many', static fn () => $s3->writeMany((static function () {
    witness();
    yield 'a' => 'x';
})(), options: $options()));
failing('directory', static fn () => $s3->uploadDirectory(
    __DIR__,
    filter: static fn () => witness(),
    options: $options()
));
failing('closure', static function () use ($s3, $options): void {
    $read = $s3->read(...);
    var_dump($read);
    $read('a', options: $options());
});
failing('a signed form', static function () use ($s3): void {
    var_dump($s3->getPublicUrl('a'));
    $s3->presignGet('a', 0);
});

// Configurations with a mistake: each value of the credentials where it must not be.
$secrets = ['CANARY_KEY', 'CANARY_SECRET', 'CANARY_TOKEN', 'CANARY_PASSWORD'];
foreach ($secrets as $name) {
    foreach (wrong_places() as $place => $with) {
        failing("$name as $place", static fn () => new S3Storage($with((string) getenv($name))));
        failing("$name as $place, by a variable", static fn () => new S3Storage($with('${' . $name . '}')));
    }
}
foreach (['json', 'yaml', 'toml'] as $format) {
    foreach (['torn', 'twice', 'bad'] as $what) {
        failing("$what.$format", static fn () => new S3Storage(getenv('CANARY_FOLDER') . "/$what.$format"));
    }
}

/** @return array<string, callable(string): mixed> */
function wrong_places(): array
{
    $server = static fn (array $more): array => [
        'servers' => ['main' => $more + ['endpoint' => 'http://127.0.0.1:9']],
        'buckets' => ['files' => ['server' => 'main', 'bucket' => 'bucket']],
    ];
    $own = static fn (array $more): array => $server(['credentials' => $more + ['key' => 'k', 'secret' => 's']]);
    return [
        'key with a space' => static fn (string $it) => $own(['key' => "$it "]),
        'secret with a line break' => static fn (string $it) => $own(['secret' => "$it\n"]),
        'token with a control character' => static fn (string $it) => $own(['token' => "\x01$it"]),
        'secret that is not UTF-8' => static fn (string $it) => $own(['secret' => "$it\xff"]),
        'secret in a list' => static fn (string $it) => $own(['secret' => [$it]]),
        'secret in an object' => static fn (string $it) => $own(['secret' => (object) [$it]]),
        'default of no variable' => static fn (string $it) => $own(['secret' => '${NO NAME:-' . $it]),
        'credentials' => static fn (string $it) => $server(['credentials' => $it]),
        'user of the endpoint' => static fn (string $it) => $server(['endpoint' => "http://user:$it@127.0.0.1:9"]),
        'user of the proxy' => static fn (string $it) => $server(['proxy' => "http://user:$it@127.0.0.1:9"]),
        'path of the proxy' => static fn (string $it) => $server(['proxy' => "http://127.0.0.1:9/$it"]),
        'query of the endpoint' => static fn (string $it) => $server(['endpoint' => "http://127.0.0.1:9/?a=$it"]),
        'another scheme' => static fn (string $it) => $server(['endpoint' => "ftp://user:$it@127.0.0.1"]),
        'no URL' => static fn (string $it) => $server(['proxy' => "user:$it"]),
        'number' => static fn (string $it) => $server(['connect_timeout' => $it]),
        'switch' => static fn (string $it) => $server(['path_style' => $it]),
    ];
}

register_shutdown_function(static function (): void {
    channel('the end', static fn () => var_dump(error_get_last()));
});
restore_error_handler();
(static fn () => $s3->write('a', str_repeat('x', 10), options: $options(['legalHold' => 'no bool'])))();
