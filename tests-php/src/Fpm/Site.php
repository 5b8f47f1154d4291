<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use RuntimeException;
use S3Storage\Tests\Server;

/**
 * A php-fpm behind nginx, in a temporary folder and over Unix sockets. Four sites with a key each: `one` and `two` are
 * served by one pool of workers, which nginx tells the keys with each request; `three` and `four` have pools with
 * `env[…]`. The configuration of the storage is one text for all.
 */
final class Site
{
    public const NAMES = ['one', 'two', 'three', 'four'];
    public const WORKERS = 8;

    /** Whom workers run as where the trial runs as root, as they do in production. */
    private const USER = 'nobody';

    private const START_SECONDS = 10.0;
    private const STOP_SECONDS = 20.0;

    public readonly string $socket;

    /** @var list<resource> nginx and php-fpm */
    private array $processes = [];

    /**
     * @param int $maxRequests after which a worker is replaced; 0 is never
     * @param array<string, string> $ini further settings
     * @param bool $own whether the master, too, runs as the user of its workers
     */
    public function __construct(
        private readonly string $folder,
        private readonly Server $server,
        private readonly int $maxRequests,
        private readonly array $ini = [],
        bool $own = false,
    ) {
        $this->socket = "$folder/work/http.sock";
        $this->writeFiles();
        $as = ['setpriv', '--reuid', self::USER, '--regid', 'nogroup', '--clear-groups'];
        $user = $own && self::isRoot() ? $as : [];
        $program = (string) getenv('FPM_PROGRAM');
        $files = ['-c', "$folder/php.ini", '-y', "$folder/fpm.conf"];
        // No settings of this machine. What a preloaded script may know comes with the environment.
        $environment = ['PATH' => (string) getenv('PATH'), 'PHP_INI_SCAN_DIR' => "$folder/none",
            'PRELOAD_URL' => $server->endpoint, 'PRELOAD_BUCKET' => Server::BUCKET,
            'PRELOAD_SECRET' => self::secret('one')];
        $command = [...$user, $program, '--nodaemonize', ...$files];
        $this->processes[] = $this->start($command, 'fpm.out', $environment);
        $program = (string) getenv('NGINX_PROGRAM');
        $command = [$program, '-p', $folder, '-c', "$folder/nginx.conf", '-e', "$folder/nginx.log"];
        $this->processes[] = $this->start($command, 'nginx.out');
        $names = ['http', 'shared', 'three', 'four'];
        $sockets = array_map(static fn (string $name) => "$folder/work/$name.sock", $names);
        for ($begin = microtime(true); array_filter($sockets, file_exists(...)) !== $sockets; usleep(10_000)) {
            if (microtime(true) - $begin > self::START_SECONDS) {
                throw new RuntimeException("php-fpm or nginx did not start:\n" . $this->logs());
            }
        }
    }

    public static function key(string $name): string
    {
        return "key-$name";
    }

    public static function secret(string $name): string
    {
        return "secret-of-$name";
    }

    private static function isRoot(): bool
    {
        return posix_geteuid() === 0;
    }

    public function master(): Process
    {
        return new Process(proc_get_status($this->processes[0])['pid']);
    }

    /**
     * The workers of the pool that serves two sites.
     *
     * @return list<Process>
     */
    public function workers(): array
    {
        $all = Process::childrenOf($this->master()->pid);
        return array_values(array_filter($all, static fn (Process $p) => $p->title() === 'php-fpm: pool shared'));
    }

    /** Has the master start anew: it executes itself, and its new workers take over from those that are done. */
    public function reload(): void
    {
        posix_kill($this->master()->pid, SIGUSR2);
    }

    /** Ends both, and waits. True if that went in order. */
    public function stop(): bool
    {
        $inOrder = true;
        foreach (array_reverse($this->processes) as $process) {
            proc_terminate($process);
            for ($begin = microtime(true); proc_get_status($process)['running']; usleep(10_000)) {
                if (microtime(true) - $begin > self::STOP_SECONDS) {
                    $inOrder = false;
                    proc_terminate($process, 9);
                }
            }
            proc_close($process);
        }
        $this->processes = [];
        array_map(unlink(...), glob("$this->folder/work/*.sock") ?: []);
        return $inOrder;
    }

    public function __destruct()
    {
        $this->stop();
    }

    /**
     * What php-fpm said of workers that ended.
     *
     * @return array<int, string>
     */
    public function deaths(): array
    {
        return preg_grep('/exited/', file("$this->folder/fpm.log", FILE_IGNORE_NEW_LINES) ?: []) ?: [];
    }

    /** What PHP complained about. */
    public function complaints(): string
    {
        return (string) @file_get_contents("$this->folder/php.log");
    }

    /** The last words of all of them. */
    public function logs(): string
    {
        $logs = '';
        foreach (glob("$this->folder/*.{log,out}", GLOB_BRACE) ?: [] as $file) {
            $lines = array_slice(file($file) ?: [], -15);
            $logs .= $lines === [] ? '' : '--- ' . basename($file) . "\n" . implode('', $lines);
        }
        return $logs;
    }

    /**
     * @param list<string> $command
     * @param array<string, string>|null $environment
     * @return resource
     */
    private function start(array $command, string $log, ?array $environment = null)
    {
        $out = ['file', "$this->folder/$log", 'a'];
        $streams = [['file', '/dev/null', 'r'], $out, $out];
        $process = proc_open($command, $streams, $pipes, $this->folder, $environment);
        return $process ?: throw new RuntimeException("$command[0] did not start");
    }

    private function writeFiles(): void
    {
        // Others than who runs the trial have to reach all of it.
        $work = "$this->folder/work";
        @mkdir($work);
        array_map(chmod(...), [$this->folder, $work], [0o755, 0o777]);
        foreach (["$this->folder/php.log", "$this->folder/fpm.log"] as $log) {
            touch($log);
            chmod($log, 0o666);
        }
        copy((string) getenv('S3STORAGE_EXTENSION'), "$this->folder/s3storage.so");
        $tests = dirname(__DIR__, 2);
        $files = ['fpm/app.php', 'fpm/preload.php', 'src/Fpm/Preloaded.php', 'src/Fpm/Work.php'];
        foreach ($files as $file) {
            copy("$tests/$file", "$this->folder/" . basename($file));
        }
        $big = "$this->folder/big";
        if (!file_exists($big)) {
            file_put_contents($big, Work::content('big', Work::BIG));
        }
        file_put_contents("$this->folder/s3.yaml", <<<'YAML'
            servers:
              s3:
                endpoint: ${S3_URL}
                region: us-east-1
                credentials: {key: "${S3_KEY}", secret: "${S3_SECRET}"}
            buckets:
              files: {server: s3, bucket: "${S3_BUCKET}", prefix: "${S3_SITE}/"}
            YAML);
        $ini = $this->ini + ['zend_extension' => 'opcache', 'extension' => "$this->folder/s3storage.so",
            's3storage.config' => "$this->folder/s3.yaml", 'error_log' => "$this->folder/php.log", 'log_errors' => '1',
            'display_errors' => '0', 'error_reporting' => '-1', 'auto_globals_jit' => '1', 'variables_order' => 'GPCS'];
        $lines = array_map(static fn ($name, $value) => "$name=\"$value\"\n", array_keys($ini), $ini);
        file_put_contents("$this->folder/php.ini", $lines);
        file_put_contents("$this->folder/fpm.conf", $this->fpm());
        file_put_contents("$this->folder/nginx.conf", $this->nginx());
    }

    /** @return array<string, string> what the configuration of a site's storage needs */
    private function variables(string $name): array
    {
        return ['S3_URL' => $this->server->endpoint, 'S3_BUCKET' => Server::BUCKET, 'S3_SITE' => $name,
            'S3_KEY' => self::key($name), 'S3_SECRET' => self::secret($name), 'S3_BIG_FILE' => "$this->folder/big"];
    }

    private function fpm(): string
    {
        // A worker that is told to end may end what it does: without `process_control_timeout` it is killed at once.
        $text = "[global]\nerror_log = $this->folder/fpm.log\nlog_level = notice\nprocess_control_timeout = 15\n";
        foreach (['shared' => self::WORKERS, 'three' => 1, 'four' => 1] as $pool => $workers) {
            $text .= "[$pool]\nlisten = $this->folder/work/$pool.sock\npm = static\npm.max_children = $workers\n"
                . "pm.max_requests = $this->maxRequests\nchdir = $this->folder/work\nrlimit_core = unlimited\n"
                . "process.dumpable = yes\n" . (self::isRoot() ? 'user = ' . self::USER . "\ngroup = nogroup\n" : '');
            foreach ($pool === 'shared' ? [] : $this->variables($pool) as $variable => $value) {
                $text .= "env[$variable] = $value\n";
            }
        }
        return $text;
    }

    private function nginx(): string
    {
        $servers = '';
        foreach (self::NAMES as $name) {
            $pool = in_array($name, ['one', 'two'], true) ? 'shared' : $name;
            $servers .= "server {\n listen unix:$this->socket;\n server_name $name.test;\n location / {\n"
                . "  fastcgi_pass unix:$this->folder/work/$pool.sock;\n"
                . "  fastcgi_param SCRIPT_FILENAME $this->folder/app.php;\n"
                . "  fastcgi_param QUERY_STRING \$query_string;\n  fastcgi_param REQUEST_METHOD \$request_method;\n";
            foreach ($pool === 'shared' ? $this->variables($name) : [] as $variable => $value) {
                $servers .= "  fastcgi_param $variable $value;\n";
            }
            $servers .= " }\n}\n";
        }
        $user = self::isRoot() ? 'user root;' : '';
        $folders = '';
        foreach (['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as $what) {
            $folders .= "{$what}_temp_path $this->folder/$what;\n";
        }
        return "daemon off;\npid $this->folder/nginx.pid;\n$user\nworker_processes 1;\n"
            . "error_log $this->folder/nginx.log;\nevents { worker_connections 512; }\n"
            . "http {\naccess_log off;\nkeepalive_requests 1000000;\n$folders$servers}\n";
    }
}
