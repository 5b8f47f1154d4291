<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use S3Storage\Tests\Server;

/** What the storage's server saw: which process used which connection, and which key came with whose objects. */
final class Account
{
    public int $requests = 0;

    /** @var list<string> what must not have happened */
    public array $problems = [];

    /** @var array<int, array<string, true>> the connections of each worker */
    public array $connections = [];

    /** @var array<string, int> how many requests came over a connection */
    private array $uses = [];

    /** @var array<string, int> the process that a connection belongs to */
    private array $owners = [];

    public static function of(Server $server): self
    {
        $account = new self();
        foreach ($server->eachRequest() as $request) {
            $account->add($request['target'], $request['connection'], $request['key'], $request['status']);
        }
        return $account;
    }

    /** How many requests a worker sent over each of its connections, on average. */
    public function reuse(int $pid): float
    {
        $uses = array_intersect_key($this->uses, $this->connections[$pid] ?? []);
        return $uses === [] ? 0.0 : array_sum($uses) / count($uses);
    }

    private function add(string $target, string $connection, string $key, int $status): void
    {
        $this->requests++;
        $this->uses[$connection] = ($this->uses[$connection] ?? 0) + 1;
        // In the path, or in the prefix of a listing.
        if (preg_match('~^/' . Server::BUCKET . '/(\w+)/|prefix=(\w+)%2F~', $target, $match) === 1) {
            $site = $match[1] ?: $match[2];
            if ($key !== Site::key($site)) {
                $this->problems[] = "$key asked for $target";
            }
        }
        if (preg_match('~/pid-(\d+)/~', $target, $match) === 1) {
            $pid = (int) $match[1];
            $owner = $this->owners[$connection] ??= $pid;
            if ($owner !== $pid) {
                $this->problems[] = "connection $connection serves process $owner and process $pid";
            }
            $this->connections[$pid][$connection] = true;
        }
        if ($status >= 500) {
            $this->problems[] = "the server answered $status to $target";
        }
    }
}
