<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use S3Storage;
use S3Storage\Exception\S3Exception;

/** Takes operations into the journal and the ledger: before, what is meant; after, what came of it. */
final class Recorder
{
    /** How long a key rests when a request of it may still be under way: longer than any that a server has taken. */
    private const REST = 12.0;

    /** @var array<string, float> when a key may be used again */
    private array $resting = [];

    private int $last = 0;

    public function __construct(
        private readonly S3Storage $s3,
        private readonly Journal $journal,
        public readonly Ledger $ledger,
        private readonly float $timeout,
    ) {
    }

    /**
     * Does an operation.
     *
     * @param int $requests so many after each other at most, each of which may take the `operation_timeout`
     * @param array<string, string|null> $changes what the objects shall be
     * @param callable(): ?array<string, mixed> $call answers what it saw: `seen`, `sizes`, `codes`, …
     * @param array<string, mixed> $more of the line before
     * @return bool whether it was done
     */
    public function run(string $operation, int $requests, array $changes, callable $call, array $more = []): bool
    {
        $id = ++$this->last;
        $digests = array_map(
            static fn (?string $name) => $name === null ? null
                : ['digest' => Content::digestOf($name), 'size' => Content::size($name)],
            $changes,
        );
        $keys = array_map(strval(...), array_keys($changes + array_flip($more['reads'] ?? [])));
        $settled = array_fill_keys(array_filter($keys, $this->isRested(...)), true);
        // What is seen narrows what is known only where nothing of before can arrive any more.
        $line = ['do' => $operation, 'id' => $id, 'limit' => $requests * $this->timeout, 'changes' => $changes,
            'contents' => $digests] + $more;
        $line['at'] = Journal::now();
        $this->journal->note($line);
        $this->ledger->begin($line);
        $retries = $this->retries();
        $end = ['end' => $id, 'code' => null, 'settled' => $settled];
        try {
            $end = ($call() ?? []) + $end;
        } catch (S3Exception $e) {
            $end['code'] = $e->getErrorCode();
            $end['message'] = substr($e->getMessage(), 0, 600);
            $end['attempts'] = $e->getAttempts();
            if ($e->getErrorCode() === 'FILE_NOT_FOUND' && isset($more['reads'])) {
                $end['seen'] = array_fill_keys(array_slice($more['reads'], 0, 1), null);
            }
        } catch (\Throwable $e) {
            $end['code'] = 'PHP';
            $end['message'] = $e::class . ': ' . $e->getMessage();
        }
        $end['retries'] = $this->retries() - $retries;
        $end['at'] = Journal::now();
        $this->journal->note($end);
        $codes = array_filter([$end['code'], ...array_values($end['codes'] ?? [])]);
        if ($end['retries'] > 0 || array_diff($codes, ['FILE_NOT_FOUND', 'PRECONDITION_FAILED']) !== []) {
            $this->rest(array_map(strval(...), array_keys($changes)));
        }
        foreach ($this->ledger->end($end) as [$kind, $text]) {
            fwrite(STDERR, "soak: $kind: $text\n");
        }
        return $end['code'] === null;
    }

    public function isRested(string $key): bool
    {
        return ($this->resting[$key] ?? 0.0) <= Journal::now();
    }

    /** @param list<string> $keys */
    public function rest(array $keys): void
    {
        foreach ($keys as $key) {
            $this->resting[$key] = Journal::now() + self::REST;
        }
    }

    private function retries(): int
    {
        return array_sum(array_column($this->s3->stats(), 'retries'));
    }
}
