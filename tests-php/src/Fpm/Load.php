<?php

declare(strict_types=1);

namespace S3Storage\Tests\Fpm;

use CurlHandle;

/** Sends requests to a site over connections that are kept, some at a time, and verifies every answer. */
final class Load
{
    private const CONCURRENCY = 16;

    /** Of this many presigned URLs one is used. */
    private const USED = 5;

    public int $right = 0;

    /** @var list<array{begin: float, end: float, status: int, pid: int, what: string}> answers that were wrong */
    public array $wrong = [];

    /** @var array<int, int> how many requests each worker answered */
    public array $byWorker = [];

    /** @var array<int, int> which worker answers, as far as it has said so, by the handle of the request */
    private array $answering = [];

    public function __construct(private readonly string $socket)
    {
    }

    /**
     * Sends requests number `$from` up to `$from + $count - 1`, to the sites in turn.
     *
     * @param list<string> $sites
     * @param callable(int): void $after told after each one how many are done
     */
    public function run(int $from, int $count, array $sites, ?callable $after = null): void
    {
        $multi = curl_multi_init();
        $spare = $begun = [];
        [$sent, $done] = [0, 0];
        while ($done < $count) {
            while ($sent < $count && count($begun) < self::CONCURRENCY) {
                $handle = array_pop($spare) ?? curl_init();
                $n = $from + $sent++;
                $site = $sites[$n % count($sites)];
                $this->prepare($handle, $site, Work::kind($n), $n);
                curl_multi_add_handle($multi, $handle);
                $begun[spl_object_id($handle)] = [microtime(true), $site, $n];
            }
            curl_multi_exec($multi, $running);
            while (($message = curl_multi_info_read($multi)) !== false) {
                $handle = $message['handle'];
                [$begin, $site, $n] = $begun[spl_object_id($handle)];
                unset($begun[spl_object_id($handle)]);
                $this->judge($handle, $message['result'], $begin, $site, $n);
                curl_multi_remove_handle($multi, $handle);
                $spare[] = $handle;
                $done++;
                $after === null || $after($done);
            }
            curl_multi_select($multi, 0.1);
        }
        curl_multi_close($multi);
    }

    /** One request; its answer, unverified. */
    public function ask(string $site, string $kind): string
    {
        $handle = curl_init();
        $this->prepare($handle, $site, $kind, 0);
        return (string) curl_exec($handle);
    }

    private function prepare(CurlHandle $handle, string $site, string $kind, int $n): void
    {
        unset($this->answering[spl_object_id($handle)]);
        curl_setopt_array($handle, [
            CURLOPT_URL => "http://$site.test/?kind=$kind&n=$n",
            CURLOPT_UNIX_SOCKET_PATH => $this->socket,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 60,
            CURLOPT_HEADERFUNCTION => function (CurlHandle $handle, string $line): int {
                if (str_starts_with($line, 'X-Pid: ')) {
                    $pid = (int) substr($line, 7);
                    $this->answering[spl_object_id($handle)] = $pid;
                    $this->byWorker[$pid] = ($this->byWorker[$pid] ?? 0) + 1;
                }
                return strlen($line);
            },
        ]);
    }

    private function judge(CurlHandle $handle, int $result, float $begin, string $site, int $n): void
    {
        $status = (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
        $answer = (string) curl_multi_getcontent($handle);
        $kind = Work::kind($n);
        $right = $result === CURLE_OK && $status === 200 && Work::isRight($site, $kind, $n, $answer);
        if ($right && $kind === 'presign' && intdiv($n, 100) % self::USED === 0) {
            $right = self::get($answer) === Work::content("$site small", 4096);
        }
        if ($right) {
            $this->right++;
            return;
        }
        $what = "$site $kind $n: status $status, curl $result, " . substr($answer, 0, 300);
        $this->wrong[] = ['begin' => $begin, 'end' => microtime(true), 'status' => $status,
            'pid' => $this->answering[spl_object_id($handle)] ?? 0, 'what' => $what];
    }

    private static function get(string $url): string
    {
        static $handle = null;
        $handle ??= curl_init();
        curl_setopt_array($handle, [CURLOPT_URL => $url, CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 30]);
        return (string) curl_exec($handle);
    }
}
