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

    /** Reads what whoever goes on with the slot has to know: what the last process began with, and what it did. */
    public function last(): self
    {
        foreach (array_reverse(Journal::ofSlot($this->folder, $this->slot)) as $file) {
            // A process may have been killed before it said anything.
            if (isset(Journal::read($file)->current()['begin'])) {
                iterator_count($this->linesOf([$file], true));
                break;
            }
        }
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
        return $this->linesOf(Journal::ofSlot($this->folder, $this->slot), false);
    }

    /**
     * @param list<string> $files
     * @param bool $isTrusting whether what a process says that it began with is taken for it
     */
    private function linesOf(array $files, bool $isTrusting): \Generator
    {
        foreach ($files as $file) {
            foreach (Journal::read($file) as $line) {
                $wrong = [];
                if (isset($line['begin'], $line['ledger'])) {
                    if ($isTrusting) {
                        $this->ledger->restore($line['ledger']);
                        $this->touched = $line['touched'];
                    } elseif ($line['ledger'] !== $this->ledger->state()) {
                        $wrong = [['malformed', 'a process began with something else than was left to it']];
                    }
                } elseif (isset($line['do'])) {
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
