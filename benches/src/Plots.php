<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/** The results as SVG: bars beside each other, and lines that grow. */
final class Plots
{
    private const COLOURS = [
        'Raw' => '#9aa0a6',
        'S3storage' => '#c0392b',
        'Curl' => '#2c6fbb',
        'AsyncAwsCore' => '#7d3c98',
        'AsyncAws' => '#8e6bbf',
        'AwsSdk' => '#d68910',
        'Flysystem' => '#1e8449',
    ];
    private const WIDTH = 760;

    /** @param list<Row> $rows */
    public function __construct(private readonly array $rows, private readonly Results $results)
    {
    }

    public function write(string $directory): void
    {
        is_dir($directory) || mkdir($directory);
        $rows = fn (callable $which): array => array_values(array_filter($this->rows, $which));
        $bars = [
            'small' => [
                'CPU of the client per call, µs (less is better)',
                static fn (Row $row) => $row->oneCore && $row->series === '',
            ],
            'large' => [
                'Large objects, MiB/s (more is better)',
                static fn (Row $row) => $row->unit === 'MiB/s' && $row->line === '',
            ],
            'many' => [
                'GET 4 KiB, 32 at a time, objects/s (more is better)',
                static fn (Row $row) => $row->work === 'many' && $row->line === '',
            ],
            'lines' => [
                'Slow lines, MiB/s (more is better)',
                static fn (Row $row) => $row->line !== '' && $row->work !== 'many',
            ],
        ];
        foreach ($bars as $name => [$title, $which]) {
            $svg = $this->bars($title, $rows($which));
            $svg === null || file_put_contents("$directory/$name.svg", $svg);
        }
        $series = [
            'read' => 'One read by size of the object (bytes), ms',
            'list' => 'One listing by number of keys, ms',
            'calls' => 'CPU per GET of 4 KiB by number of calls, µs',
        ];
        foreach ($series as $name => $title) {
            $svg = $this->growth($title, $rows(static fn (Row $row) => $row->series === $name));
            $svg === null || file_put_contents("$directory/growth-$name.svg", $svg);
        }
    }

    /** @param list<Row> $rows */
    private function bars(string $title, array $rows): ?string
    {
        $most = 0.0;
        foreach ($rows as $row) {
            foreach ($row->contenders as $contender) {
                $most = max($most, $this->results->of($row, $contender)?->median() ?? 0.0);
            }
        }
        if ($most <= 0.0) {
            return null;
        }
        [$y, $body] = [40, ''];
        foreach ($rows as $row) {
            $body .= self::text(10, $y + 12, $row->title, 'bold');
            $y += 18;
            foreach ($row->contenders as $contender) {
                $figures = $this->results->of($row, $contender);
                if ($figures === null) {
                    continue;
                }
                $at = static fn (float $value): float => 170 + $value / $most * 500;
                $body .= self::text(160, $y + 11, Rows::NAMES[$contender], anchor: 'end');
                $body .= sprintf(
                    '<rect x="170" y="%d" width="%.1f" height="12" fill="%s"/>',
                    $y,
                    $at($figures->median()) - 170,
                    self::COLOURS[$contender],
                );
                $body .= sprintf(
                    '<path d="M%.1f %dH%.1f" stroke="#222"/>',
                    $at($figures->least()),
                    $y + 6,
                    min($at($figures->most()), self::WIDTH - 5),
                );
                $body .= self::text(
                    max($at($figures->median()), min($at($figures->most()), self::WIDTH - 60)) + 6,
                    $y + 11,
                    Claim::short($figures->median()),
                );
                $y += 15;
            }
            $y += 8;
        }
        return self::svg($title, $y, $body);
    }

    /**
     * Both axes are logarithmic: what grows evenly is a straight line.
     *
     * @param list<Row> $rows
     */
    private function growth(string $title, array $rows): ?string
    {
        $points = [];
        foreach ($rows as $row) {
            foreach ($row->contenders as $contender) {
                $figures = $this->results->of($row, $contender);
                if ($figures !== null) {
                    $points[$contender][] = [$row->series === 'calls' ? $row->calls : $row->size, $figures->median()];
                }
            }
        }
        if ($points === []) {
            return null;
        }
        $all = array_merge(...array_values($points));
        [$left, $right] = [log10(min(array_column($all, 0))), log10(max(array_column($all, 0)))];
        [$low, $high] = [floor(log10(min(array_column($all, 1)))), ceil(log10(max(array_column($all, 1))))];
        $x = static fn (float $value): float => 70 + (log10($value) - $left) / max(0.1, $right - $left) * 520;
        $y = static fn (float $value): float => 320 - (log10($value) - $low) / max(0.1, $high - $low) * 270;
        $body = '';
        for ($power = $low; $power <= $high; $power++) {
            $at = $y(10 ** $power);
            $body .= sprintf('<path d="M70 %1$.1fH590" stroke="#ddd"/>', $at);
            $body .= self::text(62, $at + 4, Claim::short(10 ** $power), anchor: 'end');
        }
        foreach (array_unique(array_column($all, 0)) as $value) {
            $body .= self::text($x($value), 340, number_format($value), anchor: 'middle');
        }
        $legend = 60;
        foreach ($points as $contender => $line) {
            $colour = self::COLOURS[$contender];
            $path = '';
            foreach ($line as [$of, $value]) {
                $path .= sprintf(' %.1f,%.1f', $x($of), $y($value));
                $body .= sprintf('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>', $x($of), $y($value), $colour);
            }
            $body .= "<polyline points=\"$path\" fill=\"none\" stroke=\"$colour\" stroke-width=\"2\"/>";
            $body .= sprintf('<rect x="605" y="%d" width="12" height="12" fill="%s"/>', $legend - 10, $colour);
            $body .= self::text(622, $legend, Rows::NAMES[$contender]);
            $legend += 18;
        }
        return self::svg($title, 350, $body);
    }

    private static function text(
        float $x,
        float $y,
        string $text,
        string $weight = 'normal',
        string $anchor = 'start',
    ): string {
        $format = '<text x="%.1f" y="%.1f" font-weight="%s" text-anchor="%s">%s</text>';
        return sprintf($format, $x, $y, $weight, $anchor, htmlspecialchars($text, ENT_XML1));
    }

    private static function svg(string $title, int $height, string $body): string
    {
        $svg = sprintf(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="11">'
            . '<rect width="%1$d" height="%2$d" fill="#fff"/>',
            self::WIDTH,
            $height + 10,
        );
        $title = htmlspecialchars($title, ENT_XML1);
        $title = "<text x=\"10\" y=\"24\" font-size=\"15\" font-weight=\"bold\">$title</text>";
        return str_replace('><', ">\n<", "$svg$title$body</svg>") . "\n";
    }
}
