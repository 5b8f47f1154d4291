<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

/** The journals of a slot, read again from its first process to its last. */
final class Replay
{
    /** @var array<string, float> when a key was last meant to change */
    public array $touched = [];

    public readonly Ledger $ledger;

    public function __construct(private readonly string $folder, private readonly string $slot)
    {
        $this->ledger = new Ledger();
    }

    /** Reads everything, for whoever goes on with the slot. */
    public function finish(): self
    {
        iterator_count($this->lines());
        return $this;
    }

    /**
     * Every line, with its file and with what is wrong about it; after the last line of a file, `['abandoned' => …]`
     * for each operation without an outcome.
     *
     * @return \Generator<array{0: string, 1: array<string, mixed>, 2: list<array{0: string, 1: string}>}>
     */
    public function lines(): \Generator
    {
        foreach (Journal::ofSlot($this->folder, $this->slot) as $file) {
            foreach (Journal::read($file) as $line) {
                $wrong = [];
                if (isset($line['do'])) {
                    $this->ledger->begin($line);
                    foreach (array_keys($line['changes'] ?? []) as $key) {
                        $this->touched[(string) $key] = (float) $line['at'];
                    }
                } elseif (isset($line['end'])) {
                    $wrong = $this->ledger->end($line);
                }
                yield [$file, $line, $wrong];
            }
            foreach ($this->ledger->abandon() as $begun) {
                yield [$file, ['abandoned' => $begun], []];
            }
        }
    }
}
