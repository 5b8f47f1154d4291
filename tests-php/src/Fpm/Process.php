<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

/** What the kernel says of a process (`proc(5)`). */
final class Process
{
    public function __construct(public readonly int $pid)
    {
    }

    /**
     * The children of a process, dead ones that nobody has waited for included.
     *
     * @return list<self>
     */
    public static function childrenOf(int $parent): array
    {
        $children = [];
        foreach (glob('/proc/[0-9]*/stat') ?: [] as $file) {
            // PID (NAME) STATE PARENT …; the name may hold anything.
            $stat = (string) @file_get_contents($file);
            $fields = explode(' ', substr($stat, (int) strrpos($stat, ')') + 2));
            if ((int) ($fields[1] ?? 0) === $parent) {
                $children[] = new self((int) $stat);
            }
        }
        return $children;
    }

    public function exists(): bool
    {
        // Not by `is_dir`, whose answer PHP remembers.
        return $this->status('State') !== '-';
    }

    public function isZombie(): bool
    {
        return $this->status('State')[0] === 'Z';
    }

    /** Memory of its own, in KiB: what it shares with its siblings (libraries, opcache) is not in it. */
    public function memory(): int
    {
        return (int) $this->status('RssAnon');
    }

    public function descriptors(): int
    {
        return count(@scandir("/proc/$this->pid/fd") ?: []) - 2;
    }

    /** Its title, such as `php-fpm: pool shared`. */
    public function title(): string
    {
        return trim((string) @file_get_contents("/proc/$this->pid/cmdline"), "\0");
    }

    private function status(string $name): string
    {
        preg_match("/^$name:\\s*(.+)$/m", (string) @file_get_contents("/proc/$this->pid/status"), $match);
        return $match[1] ?? '-';
    }
}
