<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** The objects of one slot: their keys, of which those that rest are not drawn, and contents to write. */
final class Objects
{
    public const PART = 5 << 20;

    private const KEYS = ['a', 'b', 'c', 'd', 'e.txt', 'f.json', 'g g', 'h+h', 'i%2F', 'j?&=', 'k/k', 'k/l.txt', 'ü',
        '名', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x'];
    private const SYNCED = ['sync/1', 'sync/2', 'sync/3', 'sync/deep/4', 'sync/deep/5'];

    public function __construct(
        private readonly Recorder $recorder,
        private readonly Chance $chance,
        private readonly string $slot,
    ) {
    }

    public function prefix(string $below = ''): string
    {
        return "$this->slot/$below";
    }

    /** @return list<string> every key but those that are synced */
    public function keys(): array
    {
        return array_map($this->prefix(...), self::KEYS);
    }

    /** @return list<string> */
    public function synced(): array
    {
        return array_map($this->prefix(...), self::SYNCED);
    }

    /** @return list<string> */
    public function all(): array
    {
        return [...$this->keys(), ...$this->synced()];
    }

    /** @param array<string> $keys */
    public function pick(array $keys): ?string
    {
        $keys = array_values(array_filter($keys, $this->recorder->isRested(...)));
        return $keys === [] ? null : $keys[$this->chance->int(0, count($keys) - 1)];
    }

    /**
     * @param list<string> $keys
     * @return list<string>
     */
    public function some(int $most, array $keys): array
    {
        $keys = array_values(array_filter($keys, $this->recorder->isRested(...)));
        return array_slice($this->chance->shuffle($keys), 0, $this->chance->int(1, $most));
    }

    /** An object that is there for certain and of some size. */
    public function present(int $least = 1): ?string
    {
        $is = function (string $key) use ($least): bool {
            $name = $this->recorder->ledger->certain($key);
            return is_string($name) && Content::size($name) >= $least;
        };
        return $this->pick(array_filter($this->keys(), $is));
    }

    /** @return array{0: string, 1: string}|array{0: null, 1: null} an object that is there, and another key */
    public function two(): array
    {
        $from = $this->present(0);
        $to = $this->pick(array_diff($this->keys(), [$from]));
        return $from === null || $to === null ? [null, null] : [$from, $to];
    }

    /** Small ones most of all; every magnitude is as likely as the next. */
    public function content(int $most = 300_000): string
    {
        $size = (int) exp($this->chance->float(0.0, log($most))) - 1;
        return Content::name($this->chance->int(1, 1 << 40), max(0, $size));
    }

    /** One of two or three parts. */
    public function largeContent(): string
    {
        return Content::name($this->chance->int(1, 1 << 40), $this->chance->int(self::PART + 1, 12 << 20));
    }
}
