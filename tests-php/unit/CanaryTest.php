<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/**
 * Secrets of a configuration and of a call are nowhere where PHP could show them. Every scenario runs in a process of
 * its own, `tests-php/canary/scan.php`, with arguments in traces; everything that comes out of it is looked through.
 */
final class CanaryTest extends TestCase
{
    /** What the processes hold, so that a test that finds nothing has looked at something. */
    private const CHANNELS = 25;

    /** Where the engine calls the extension. */
    private const PLACES = ['method', 'operation', 'create', 'free', 'read', 'seek', 'stat', 'close', 'accept',
        'set_level', 'info', 'end_request', 'shut_down'];

    public function testTheScanFindsASecretInEveryForm(): void
    {
        $canaries = new Canaries();
        foreach ([$canaries->secret, $canaries->customerKey] as $secret) {
            $cut = substr($secret, 0, 15) . '...';
            $forms = [$cut, bin2hex($secret), strtoupper(bin2hex($secret)), rawurlencode($secret), urlencode($secret),
                json_encode([$cut], JSON_PARTIAL_OUTPUT_ON_ERROR), var_export($secret, true), print_r([$secret], true),
                htmlspecialchars($secret), serialize($secret), strrev($secret)];
            foreach (['', 'a', 'ab', 'abc'] as $before) {
                $forms[] = base64_encode($before . $secret . 'x');
            }
            foreach ($forms as $form) {
                self::assertNotSame([], $canaries->foundIn("before $form after"), (string) $form);
            }
        }
        self::assertSame([], $canaries->foundIn(serialize(new Canaries())));
    }

    /**
     * @dataProvider sources
     * @param array<string, string> $ini
     */
    public function testNoChannelTellsASecret(string $source, array $ini): void
    {
        $canaries = new Canaries();
        // Answers that quote what they were sent, as debugging proxies do.
        $quoted = FaultServer::error(403, 'SignatureDoesNotMatch', "you sent $canaries->secret as $canaries->key");
        $cut = FaultServer::error(403, 'InvalidToken', str_repeat('.', 280) . " $canaries->token");
        $bodies = [$quoted, $cut, FaultServer::answer(500, "<html>$canaries->secret"),
            str_replace('FAULT-1', $canaries->token, $quoted), FaultServer::error(400, $canaries->secret)];
        $server = new FaultServer([FaultServer::answer(200, 'ok', 'ETag: "e"'), ...$bodies]);
        $this->within($canaries, $server, function (string $folder) use ($canaries, $server, $source, $ini): void {
            // What leaves the process otherwise than by a socket, and the names of files that it asks for.
            $log = "$folder/strace";
            $calls = 'trace=%file,write,writev,pwrite64,pwritev,pwritev2';
            $strace = ['strace', '-f', '-qq', '-y', '-xx', '-s', '10000000', '-e', $calls, '-o', $log];
            $php = $this->scan('scan.php', $source, $folder, $server, $canaries, [], $ini, $strace);
            $errorLog = "$folder/error.log";
            self::assertSame(255, $php->exitCode, $php->output . $php->errors);
            self::assertStringContainsString('Uncaught S3Storage\Exception\\', $php->output . $php->errors);
            self::assertStringContainsString('Uncaught S3Storage\Exception\\', (string) file_get_contents($errorLog));
            self::assertGreaterThanOrEqual(self::CHANNELS, substr_count($php->output, "\n## "), $php->output);
            foreach (preg_split('/^## /m', $php->output) ?: [] as $channel) {
                self::assertSame([], $canaries->foundIn($channel), $channel);
            }
            self::assertSame([], $canaries->foundIn($php->errors), $php->errors);
            self::assertSame([], $canaries->foundIn((string) file_get_contents($errorLog)));
            $toSockets = '~\bwritev?\(\d+<' . bin2hex('socket:') . '~';
            $lines = str_replace('\x', '', file($log) ?: []);
            $left = implode('', preg_grep($toSockets, $lines, PREG_GREP_INVERT) ?: []);
            self::assertStringContainsString(bin2hex('Uncaught S3Storage'), $left, 'strace saw what was printed');
            self::assertStringContainsString(bin2hex(Environment::extension()), $left, 'strace saw files');
            self::assertSame([], $canaries->foundIn($left));
        });
    }

    /** A panic quotes secrets here, wherever the engine calls the extension. */
    public function testAForcedPanicTellsNoSecret(): void
    {
        $probe = Php::run('S3Storage::status();', ['S3STORAGE_PANIC' => 'method']);
        if ($probe->exitCode === 0) {
            self::markTestSkipped('a release build has no forced panics');
        }
        $canaries = new Canaries();
        $good = FaultServer::answer(200, 'content', 'ETag: "e"');
        foreach (self::PLACES as $place) {
            $server = new FaultServer(array_fill(0, 20, $good));
            $this->within($canaries, $server, function (string $folder) use ($canaries, $server, $place): void {
                // The script sets it for its calls. What the process has at its start holds at its end.
                $panic = "$place:$canaries->secret $canaries->key";
                $atTheEnd = ['end_request', 'shut_down'];
                $more = ['CANARY_PLACE' => $place,
                    'S3STORAGE_PANIC' => in_array($place, $atTheEnd, true) ? $panic : 'nowhere'];
                $php = $this->scan('panic.php', 'array', $folder, $server, $canaries, $more, ['display_errors' => '1']);
                self::assertStringContainsString('## end of script', $php->output, "$place: $php->errors");
                $told = '~^s3storage: internal error at src/\S+: its words are not told$~m';
                self::assertMatchesRegularExpression($told, $php->errors, $place);
                self::assertSame([], $canaries->foundIn($php->output . $php->errors), $place);
                self::assertSame([], $canaries->foundIn((string) @file_get_contents("$folder/error.log")), $place);
            });
        }
    }

    /** @param callable(string): void $test gets a folder with configurations of that server */
    private function within(Canaries $canaries, FaultServer $server, callable $test): void
    {
        $folder = sys_get_temp_dir() . '/s3storage-canary-' . bin2hex(random_bytes(6));
        mkdir($folder, 0o700);
        try {
            $this->writeConfigurations($folder, $canaries, $server->endpoint);
            $test($folder);
        } finally {
            array_map(unlink(...), glob("$folder/*") ?: []);
            rmdir($folder);
        }
    }

    /**
     * @param array<string, string> $environment
     * @param array<string, string> $ini
     * @param list<string> $under
     */
    private function scan(
        string $script,
        string $source,
        string $folder,
        FaultServer $server,
        Canaries $canaries,
        array $environment,
        array $ini,
        array $under = [],
    ): Php {
        $environment += ['CANARY_FOLDER' => $folder, 'CANARY_ENDPOINT' => $server->endpoint,
            'CANARY_SOURCE' => $source];
        $ini += ['log_errors' => '1', 'error_log' => "$folder/error.log"];
        $ini += ['zend.exception_string_param_max_len' => '1000'];
        $environment += $canaries->variables();
        return Php::file(dirname(__DIR__) . "/canary/$script", [], $environment, $ini, $under);
    }

    /** @return iterable<string, array{string, array<string, string>}> */
    public static function sources(): iterable
    {
        foreach (['array', 'yaml', 'toml', 'json', 'variables', 'chain'] as $source) {
            yield $source => [$source, []];
        }
        yield 'the ini setting' => ['ini', []];
        yield 'an array, errors in HTML' => ['array', ['html_errors' => '1']];
    }

    /** Files that hold the secrets themselves: good ones, and one with a mistake in each format. */
    private function writeConfigurations(string $folder, Canaries $canaries, string $endpoint): void
    {
        $credentials = ['key' => $canaries->key, 'secret' => $canaries->secret, 'token' => $canaries->token];
        $tree = [
            'servers' => ['main' => ['endpoint' => $endpoint, 'credentials' => $credentials, 'max_attempts' => 1]],
            'buckets' => ['files' => ['server' => 'main', 'bucket' => 'bucket']],
            'default' => 'files',
        ];
        $json = (string) json_encode($tree, JSON_UNESCAPED_SLASHES);
        $toml = "default = 'files'\n[servers.main]\nendpoint = '$endpoint'\nmax_attempts = 1\n";
        $toml .= "[servers.main.credentials]\n";
        foreach ($credentials as $name => $value) {
            $toml .= "$name = \"$value\"\n";
        }
        $toml .= "[buckets.files]\nserver = 'main'\nbucket = 'bucket'\n";
        // JSON is YAML, too.
        foreach (['json' => $json, 'yaml' => $json, 'toml' => $toml] as $format => $text) {
            file_put_contents("$folder/good.$format", $text);
            file_put_contents("$folder/torn.$format", substr($text, 0, (int) strpos($text, $canaries->token) + 40));
            file_put_contents("$folder/twice.$format", str_replace('"token"', '"secret"', $text) . $text);
            $bad = str_replace(['bucket', $canaries->key], ['', "$canaries->key "], $text);
            file_put_contents("$folder/bad.$format", $bad);
        }
        file_put_contents("$folder/aws", "[default]\naws_access_key_id=$canaries->key\n"
            . "aws_secret_access_key=$canaries->secret\naws_session_token=$canaries->token\nregion=us-east-1\n");
    }
}
