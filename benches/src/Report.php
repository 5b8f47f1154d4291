<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/** Results in words: a line for the terminal, and the tables of docs/performance.md. */
final class Report
{
    private const BEGIN = '<!-- results: written by `make bench`, not by hand -->';
    private const END = '<!-- end of results -->';

    /** @param list<Row> $rows */
    public function __construct(
        private readonly array $rows,
        private readonly Results $results,
        private readonly int $rounds,
    ) {
    }

    public static function line(Row $row, Results $results): string
    {
        $text = sprintf("%s (%s)\n", $row->title, $row->unit);
        foreach ($row->contenders as $contender) {
            $figures = $results->of($row, $contender);
            if ($figures === null) {
                $text .= sprintf("  %-20s %s\n", Rows::NAMES[$contender], $results->missing($row, $contender));
                continue;
            }
            $ratio = $contender === 'S3storage' ? null : $results->ratio($row, $contender);
            $text .= sprintf(
                "  %-20s %9s  %s%s%s\n",
                Rows::NAMES[$contender],
                Claim::short($figures->median()),
                self::spread($figures),
                $row->memory && $contender !== 'Raw' ? sprintf('  %.0f MB', $figures->memory()) : '',
                $ratio === null ? '' : '  ours is ' . Claim::short($ratio) . ' times that',
            );
        }
        foreach ($row->claims as $claim) {
            $text .= '  target ' . $claim->verdict($row, $results) . "\n";
        }
        return $text;
    }

    /** Replaces the results in a document; the words around them are written by hand. */
    public function write(string $file): void
    {
        $document = (string) file_get_contents($file);
        [$begin, $end] = [strpos($document, self::BEGIN), strpos($document, self::END)];
        if ($begin === false || $end === false) {
            throw new RuntimeException("$file has no place for the results");
        }
        $results = self::BEGIN . "\n\n" . $this->machine() . "\n" . $this->tables() . "\n";
        file_put_contents($file, substr($document, 0, $begin) . $results . substr($document, $end));
    }

    private function tables(): string
    {
        $names = Rows::NAMES;
        unset($names['S3storage'], $names['Adapter']);
        $text = '| | s3storage | ' . implode(' | ', $names) . " | target |\n"
            . '|---|' . str_repeat('---|', count($names) + 2) . "\n";
        $series = [];
        foreach ($this->rows as $row) {
            if ($row->series !== '') {
                $series[] = $row;
                continue;
            }
            $cells = array_map(fn (string $peer): string => $this->cell($row, $peer), array_keys($names));
            $claims = array_map(fn (Claim $claim): string => $claim->verdict($row, $this->results), $row->claims);
            $text .= "| $row->title, $row->unit | " . $this->cell($row, 'S3storage') . ' | ' . implode(' | ', $cells)
                . ' | ' . implode('<br>', $claims) . " |\n";
        }
        $text .= "\nGrowth:\n\n| | s3storage | PHP curl, unsigned | async-aws/core |\n|---|---|---|---|\n";
        $adapter = array_filter($series, static fn (Row $row): bool => $row->series === 'adapter');
        foreach (array_diff_key($series, $adapter) as $row) {
            $who = ['S3storage', 'Curl', 'AsyncAwsCore'];
            $cells = array_map(fn (string $contender): string => $this->cell($row, $contender), $who);
            $text .= "| $row->title, $row->unit | " . implode(' | ', $cells) . " |\n";
        }
        $text .= "\nFlysystem's `Filesystem` on the adapter; `×` is the part of the class's speed that it keeps; "
            . "five times as many rounds:\n\n| | the class | the adapter | target |\n|---|---|---|---|\n";
        foreach ($adapter as $row) {
            $cells = [$this->cell($row, 'S3storage'), $this->cell($row, 'Adapter')];
            $text .= "| $row->title, $row->unit | " . implode(' | ', $cells) . ' | '
                . $row->claims[0]->verdict($row, $this->results) . " |\n";
        }
        return $text;
    }

    private function cell(Row $row, string $contender): string
    {
        $figures = $this->results->of($row, $contender);
        if ($figures === null) {
            return $this->results->missing($row, $contender) ?? '–';
        }
        $median = Claim::short($figures->median());
        $text = ($contender === 'S3storage' ? "**$median**" : $median) . ' ' . self::spread($figures);
        $text .= $row->memory && $contender !== 'Raw' ? sprintf(', %.0f MB', $figures->memory()) : '';
        $ratio = $contender === 'S3storage' ? null : $this->results->ratio($row, $contender);
        return $ratio === null ? $text : $text . '<br>×' . Claim::short($ratio);
    }

    private static function spread(Figures $figures): string
    {
        return '(' . Claim::short($figures->least()) . '–' . Claim::short($figures->most()) . ')';
    }

    private function machine(): string
    {
        preg_match('/model name\s*:\s*(.+)/', (string) @file_get_contents('/proc/cpuinfo'), $cpu);
        $cores = trim((string) shell_exec('nproc'));
        return sprintf(
            "Measured on %s: %s, %s cores, Linux %s, PHP %s, %s. Medians of %d rounds (least–most). `×` is\n"
            . "ours as so many times the contender's. PHP that does nothing holds %.0f MB.\n",
            gmdate('j F Y'),
            $cpu[1] ?? php_uname('m'),
            $cores,
            php_uname('r'),
            PHP_VERSION,
            trim((string) shell_exec('rustc --version | cut -d" " -f1,2')),
            $this->rounds,
            $this->results->bareMemory,
        );
    }
}
