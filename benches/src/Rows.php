<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** The rows of the benchmark, with their targets. */
final class Rows
{
    public const NAMES = [
        'Raw' => 'raw limit',
        'S3storage' => 's3storage',
        'Curl' => 'PHP curl, unsigned',
        'AsyncAwsCore' => 'async-aws/core',
        'AsyncAws' => 'async-aws',
        'AwsSdk' => 'aws-sdk-php',
        'Flysystem' => 'Flysystem',
        'Adapter' => 'Flysystem on s3storage',
    ];
    private const KIB = 1 << 10;
    private const MIB = 1 << 20;
    private const PEERS = ['S3storage', 'Curl', 'AsyncAwsCore', 'AsyncAws', 'AwsSdk', 'Flysystem'];

    /** @return list<Row> */
    public static function all(bool $quick, bool $long): array
    {
        return [
            ...self::small('http', $quick),
            ...self::small('https', $quick),
            ...self::lifecycle($quick),
            ...self::large('http', $quick),
            ...self::large('https', $quick),
            ...self::lines($quick),
            ...self::growth($quick, $long),
            ...self::adapter($quick),
        ];
    }

    /** @return list<Row> */
    private static function small(string $scheme, bool $quick): array
    {
        $row = static fn (string $work, string $title, array $claims): Row => new Row(
            "$work-$scheme",
            "$title, $scheme",
            'µs CPU',
            $work,
            4 * self::KIB,
            $quick ? 500 : 2000,
            ['Raw', ...self::PEERS],
            $scheme,
            oneCore: true,
            claims: $claims,
        );
        return [
            $row('get', 'GET 4 KiB', [Claim::beside('Curl', 1.25), Claim::beside('AsyncAws', 1 / 8)]),
            $row('put', 'PUT 4 KiB', [Claim::beside('AsyncAws', 1 / 7)]),
            $row('head', 'HEAD', [Claim::beside('AsyncAws', 1 / 7)]),
        ];
    }

    /** @return list<Row> */
    private static function lifecycle(bool $quick): array
    {
        $many = fn (string $scheme): Row => new Row(
            "many-$scheme",
            "GET 4 KiB, 32 at a time, $scheme",
            'objects/s',
            'many',
            4 * self::KIB,
            $quick ? 2000 : 10000,
            self::PEERS,
            $scheme,
            claims: [Claim::beside('AsyncAws', 8)],
        );
        return [
            $many('http'),
            $many('https'),
            new Row('presign', 'presign a GET', 'µs CPU', 'presign', 4096, $quick ? 2000 : 10000, self::PEERS, claims: [
                Claim::beside('AsyncAws', 1 / 4),
            ]),
            new Row('list', 'list 10,000 keys', 'ms', 'list', 10000, 3, self::PEERS, claims: [
                Claim::beside('AsyncAws', 1 / 3),
            ]),
            new Row(
                'new',
                'a new client and GET 4 KiB, warm process',
                'µs CPU',
                'new',
                4 * self::KIB,
                $quick ? 200 : 1000,
                self::PEERS,
                oneCore: true,
                claims: [Claim::besideRow('get-http', 1.3)],
            ),
            new Row('cold', 'script with one GET, over bare PHP', 'ms', 'cold', 0, 1, self::PEERS, claims: [
                Claim::most(3),
            ]),
        ];
    }

    /** @return list<Row> */
    private static function large(string $scheme, bool $quick): array
    {
        $size = $quick ? 64 : 256;
        $row = static fn (string $work, string $title, array $claims): Row => new Row(
            "$work-$scheme",
            sprintf($title, "$size MiB") . ", $scheme",
            'MiB/s',
            $work,
            $size * self::MIB,
            1,
            ['Raw', ...self::PEERS],
            $scheme,
            memory: true,
            claims: $claims,
        );
        $upload = $scheme === 'https' ? 4 : 4.5;
        return [
            $row('upload', 'upload a file of %s', [
                Claim::beside('AsyncAws', $upload),
                Claim::beside('AwsSdk', $upload),
                Claim::memory(60),
            ]),
            $row('download', 'download %s to a file', [
                Claim::beside('AsyncAws', 1.9),
                Claim::beside('AwsSdk', 1.9),
                Claim::memoryOverBare(20),
            ]),
            $row('string', '%s into a string', [
                Claim::beside('AsyncAws', 2.5),
                Claim::beside('AwsSdk', 2.5),
                Claim::memory($size + 20),
            ]),
        ];
    }

    /** @return list<Row> */
    private static function lines(bool $quick): array
    {
        $rows = [];
        foreach (['20ms' => 'a line of 20 ms', '100mbit' => 'a line of 100 Mbit/s'] as $line => $name) {
            // Enough for five connections to grow to what the line carries; the slower one is not to take a minute.
            $size = ($quick ? 4 : ($line === '20ms' ? 64 : 16)) * self::MIB;
            $megabytes = $size / self::MIB;
            $rows[] = new Row(
                "many-$line",
                "GET 4 KiB, 32 at a time, $name",
                'objects/s',
                'many',
                4 * self::KIB,
                $quick ? 320 : 1600,
                self::PEERS,
                line: $line,
            );
            $titles = ['upload' => "upload a file of $megabytes MiB", 'download' => "download $megabytes MiB"];
            foreach ($titles as $work => $title) {
                $rows[] = new Row("$work-$line", "$title, $name", 'MiB/s', $work, $size, 1, self::PEERS, line: $line);
            }
        }
        return $rows;
    }

    /** @return list<Row> */
    private static function growth(bool $quick, bool $long): array
    {
        $rows = [];
        $sizes = [4 * self::KIB, 64 * self::KIB, self::MIB, 16 * self::MIB, 64 * self::MIB];
        foreach ($long ? [...$sizes, 1024 * self::MIB] : $sizes as $size) {
            $name = $size < self::MIB ? $size / self::KIB . ' KiB' : $size / self::MIB . ' MiB';
            $calls = max(1, min(200, intdiv(64 * self::MIB, $size)));
            $of = ['S3storage', 'Curl', 'AsyncAwsCore'];
            $id = "read-$size";
            $rows[] = new Row($id, "read $name", 'ms', 'time', $size, $calls, $of, memory: true, series: 'read');
        }
        foreach ($quick ? [1, 100, 10000] : [1, 10, 100, 1000, 10000] as $keys) {
            $of = ['S3storage', 'AsyncAws', 'AwsSdk', 'Flysystem'];
            $rows[] = new Row("list-$keys", "list $keys keys", 'ms', 'list', $keys, 3, $of, series: 'list');
        }
        foreach ($long ? [1000, 10000, 100000, 1000000] : [1000, 10000] as $calls) {
            $title = number_format($calls) . ' times GET 4 KiB';
            $rows[] = new Row(
                "calls-$calls",
                $title,
                'µs CPU',
                'get',
                4 * self::KIB,
                $calls,
                ['S3storage', 'Curl'],
                oneCore: true,
                memory: true,
                series: 'calls',
            );
        }
        return $rows;
    }

    /** @return list<Row> What Flysystem and the adapter add to a call of the class. */
    private static function adapter(bool $quick): array
    {
        $calls = $quick ? 500 : 2000;
        $works = [
            'get' => 'read 4 KiB',
            'put' => 'write 4 KiB of random bytes, by a name with an extension',
            'put-text' => 'write 4 KiB of text, by a name with an extension',
            'put-as' => 'write 4 KiB, with a type',
            'exists' => 'fileExists',
            'head' => 'fileSize',
            'walk' => 'listContents of 10,000 keys',
        ];
        $rows = [];
        foreach ($works as $work => $title) {
            $rows[] = new Row(
                "adapter-$work",
                $title,
                'µs CPU',
                $work,
                $work === 'walk' ? 10000 : 4 * self::KIB,
                $work === 'walk' ? 10 : $calls,
                ['S3storage', 'Adapter'],
                oneCore: true,
                claims: [Claim::keeps('Adapter', 0.8)],
                series: 'adapter',
            );
        }
        return $rows;
    }
}
