<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;

/** What `stats()` and Prometheus are told. */
final class MetricsTest extends StorageTestCase
{
    public function testStatsTellOperationsAndErrors(): void
    {
        $this->s3->write('a', 'content');
        $this->s3->read('a');
        self::assertFails('FILE_NOT_FOUND', fn () => $this->s3->read('none'));
        ['errors' => $errors, 'operations' => $operations] = $this->s3->stats()['files'];
        self::assertSame(['FILE_NOT_FOUND' => 1], $errors);
        self::assertSame(['write', 'read'], array_keys($operations));
        $read = $operations['read'];
        self::assertSame([1, 1, 0], [$read['done'], $read['failed'], $read['abandoned']]);
        self::assertSame(2, array_sum($read['buckets']));
        self::assertGreaterThan(0.0, $read['seconds']);
        self::assertSame('0.005', (string) array_key_first($read['buckets']));
    }

    public function testTheTextOfPrometheusIsWellFormed(): void
    {
        $alias = "odd \"\\\n name";
        $this->s3->registerBucket($alias, 'main', Environment::bucket(), $this->prefix);
        $this->s3->bucket($alias)->write('a', 'content');
        $text = S3Storage::metrics();
        $label = 'bucket="odd \\"\\\\\\n name"';
        $line = "s3storage_operations_total{{$label},operation=\"write\",outcome=\"done\"} 1";
        self::assertStringContainsString("\n$line\n", $text);
        self::assertStringContainsString("\ns3storage_sent_bytes_total{{$label}} 7\n", $text);
        $name = '[a-z_0-9]+';
        $labels = '\{' . "$name=\"([^\"\\\\\\n]|\\\\.)*\"(,$name=\"([^\"\\\\\\n]|\\\\.)*\")*" . '\}';
        foreach (explode("\n", rtrim($text, "\n")) as $row) {
            self::assertMatchesRegularExpression("/^(# (HELP|TYPE) $name .+|$name$labels [0-9.e-]+)$/", $row);
        }
        $rows = array_map(
            static fn (string $row): string => substr($row, 0, (int) strrpos($row, ' ')),
            preg_grep('/^[^#]/', explode("\n", $text)) ?: [],
        );
        self::assertSame(array_values($rows), array_values(array_unique($rows)), 'no sample occurs twice');
    }
}
