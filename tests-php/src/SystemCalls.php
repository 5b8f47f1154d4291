<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use RuntimeException;

/** What a PHP process with the extension asked the kernel for, as strace saw it: files by name, and threads. */
final class SystemCalls
{
    /** @param list<string> $lines of strace's output */
    private function __construct(private readonly array $lines)
    {
    }

    /** Runs code, after the functions of `phpt/helper.inc`. More calls may be looked at, by their names with commas between. */
    public static function of(string $code, string $more = ''): self
    {
        $log = (string) tempnam(sys_get_temp_dir(), 's3storage-strace-');
        // Every call that names a file, tried in vain or not, of every thread; names are not abbreviated.
        $calls = 'trace=%file,clone,clone3,fork,vfork' . ($more === '' ? '' : ",$more");
        $strace = ['strace', '-f', '-qq', '-s', '4096', '-e', $calls, '-o', $log];
        try {
            $php = Php::run($code, under: $strace);
            if ($php->exitCode !== 0) {
                throw new RuntimeException("strace or PHP ended with $php->exitCode: $php->errors$php->output");
            }
            return new self(file($log, FILE_IGNORE_NEW_LINES) ?: []);
        } finally {
            unlink($log);
        }
    }

    /**
     * The names of files that were asked for, found or not.
     *
     * @return list<string>
     */
    public function files(): array
    {
        preg_match_all('/^\d+ +\w+\((?:AT_FDCWD, |\d+, )?"([^"]*)"/m', implode("\n", $this->lines), $matches);
        return array_values(array_unique($matches[1]));
    }

    /**
     * The files among them that certificates are kept in, and their folders.
     *
     * @return list<string>
     */
    public function certificates(): array
    {
        $certificates = preg_grep('~^/etc/ssl(/|$)|/certs(/|$)|\.(pem|crt|cer|der)$~', $this->files()) ?: [];
        // OpenSSL's settings, which PHP's own openssl extension reads when it starts.
        return array_values(preg_grep('~/openssl\.cnf$~', $certificates, PREG_GREP_INVERT) ?: []);
    }

    /**
     * The names of the patterns that calls match, in the order in which the calls were done.
     *
     * @param array<string, string> $patterns
     * @return list<string>
     */
    public function inOrder(array $patterns): array
    {
        $seen = [];
        foreach ($this->lines as $line) {
            foreach ($patterns as $name => $pattern) {
                if (preg_match($pattern, $line) === 1) {
                    $seen[] = $name;
                }
            }
        }
        return $seen;
    }

    /**
     * The calls that started a thread of the process.
     *
     * @return list<string>
     */
    public function threads(): array
    {
        return array_values(preg_grep('/\bclone3?\(.*CLONE_THREAD/', $this->lines) ?: []);
    }
}
