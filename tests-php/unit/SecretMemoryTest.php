<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;
use RuntimeException;

/** How often a secret lies in the memory of a process that has its configuration from a file. */
final class SecretMemoryTest extends TestCase
{
    /** What allocators write over the beginning of memory that is released is no merit of ours. */
    private const BEGINNING = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz';

    /** The configuration, the credentials that requests are signed with, and what the key of the day was made of. */
    private const OF_A_CLIENT = 3;

    private string $folder;
    private string $secret;

    protected function setUp(): void
    {
        $this->secret = 'canary' . bin2hex(random_bytes(12));
        $this->folder = sys_get_temp_dir() . '/s3storage-secret-' . bin2hex(random_bytes(6));
        mkdir($this->folder, 0o700);
    }

    protected function tearDown(): void
    {
        array_map(unlink(...), glob("$this->folder/*") ?: []);
        rmdir($this->folder);
    }

    /**
     * @dataProvider files
     */
    public function testNoCopyOfASecretIsLeftBehind(string $name, string $text): void
    {
        $file = $this->file($name, $text);
        // One that may still change is not kept.
        touch($file, time() + 3600);
        self::assertSame(1, $this->left("\$s3 = new S3Storage('$file');"), 'while there is a handle');
        self::assertSame(0, $this->left("new S3Storage('$file');"), 'after a handle');
        $signing = "(new S3Storage('$file'))->presignGet('a');";
        self::assertSame(self::OF_A_CLIENT, $this->left($signing), 'after a signature');
        self::assertSame(self::OF_A_CLIENT, $this->left(str_repeat($signing, 50)), 'after 50 signatures');
    }

    /**
     * @dataProvider files
     */
    public function testNothingIsLeftOfAFileWithAMistake(string $name, string $text): void
    {
        $end = (int) strpos($text, 'SECRET') + strlen('SECRET');
        $files = ["torn.$name" => substr($text, 0, $end) . "\n{", "bad.$name" => str_replace('bbb', '', $text)];
        foreach ($files as $as => $bad) {
            $file = $this->file($as, $bad);
            $code = "try { new S3Storage('$file'); exit('accepted'); }"
                . ' catch (S3Storage\Exception\InvalidConfigException) {}';
            touch($file, time() + 3600);
            self::assertSame(0, $this->left($code), $as);
        }
    }

    public function testAFileThatIsKeptIsKeptOnce(): void
    {
        foreach (self::files() as [$name, $text]) {
            $this->file($name, $text);
        }
        sleep(3);
        foreach (self::files() as [$name]) {
            // Its tree, and the configuration made of it.
            self::assertSame(2, $this->left(str_repeat("new S3Storage('$this->folder/$name');", 10)), $name);
        }
    }

    private function file(string $name, string $text): string
    {
        file_put_contents("$this->folder/$name", str_replace('SECRET', self::BEGINNING . $this->secret, $text));
        return "$this->folder/$name";
    }

    /** @return iterable<string, array{string, string}> */
    public static function files(): iterable
    {
        // With an escape, for which parsers make a text of their own; beside others' secrets; as a default.
        $json = '{"other": {"password": "SECRET"}, "s3": {"servers": {"m": {"endpoint": "http://127.0.0.1:9",'
            . ' "credentials": {"key": "k", "secret": "SECRET\\\\"}}},'
            . ' "buckets": {"b": {"server": "m", "bucket": "bbb"}}}}';
        yield 'JSON' => ['a.json', $json];
        yield 'YAML' => ['a.yaml', $json];
        yield 'plain YAML' => ['b.yaml', "servers:\n  m:\n    endpoint: http://127.0.0.1:9\n    credentials:\n"
            . "      key: k\n      secret: SECRET\nbuckets:\n  b:\n    server: m\n    bucket: bbb\n"];
        yield 'a default' => ['c.yaml', str_replace('SECRET\\\\', '${NONE:-SECRET}', $json)];
        yield 'TOML' => ['a.toml', "[servers.m]\nendpoint = 'http://127.0.0.1:9'\n[servers.m.credentials]\nkey = 'k'\n"
            . "secret = \"SECRET\\\\\"\n[buckets.b]\nserver = 'm'\nbucket = 'bbb'\n"];
    }

    /** How often the secret is in the writable memory of a process that has run some code. */
    private function left(string $code): int
    {
        $extension = 'extension=' . Environment::extension();
        $command = [PHP_BINARY, '-d', $extension, '-r', "$code echo 'ready'; fgets(STDIN);"];
        $process = proc_open($command, [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR], $pipes);
        if ($process === false) {
            throw new RuntimeException('PHP did not start');
        }
        try {
            self::assertSame('ready', fread($pipes[1], 100));
            return self::occurrences($this->secret, proc_get_status($process)['pid']);
        } finally {
            fclose($pipes[0]);
            fclose($pipes[1]);
            proc_close($process);
        }
    }

    private static function occurrences(string $text, int $process): int
    {
        $memory = @fopen("/proc/$process/mem", 'rb');
        if ($memory === false) {
            self::markTestSkipped('the memory of a child may not be read here (ptrace_scope)');
        }
        stream_set_read_buffer($memory, 0);
        $count = 0;
        foreach (file("/proc/$process/maps") ?: [] as $line) {
            if (preg_match('/^([0-9a-f]+)-([0-9a-f]+) rw/', $line, $match) === 1) {
                fseek($memory, (int) hexdec($match[1]));
                $count += substr_count(self::read($memory, (int) hexdec($match[2]) - (int) hexdec($match[1])), $text);
            }
        }
        return $count;
    }

    /** @param resource $memory */
    private static function read($memory, int $length): string
    {
        $bytes = '';
        while ($length > strlen($bytes)) {
            $piece = @fread($memory, min(1 << 20, $length - strlen($bytes)));
            if ($piece === false || $piece === '') {
                break;
            }
            $bytes .= $piece;
        }
        return $bytes;
    }
}
