<?php

/**
 * The benchmark: every row of `src/Rows.php`, us and the peers in turn, round after round; then a table and plots.
 *
 *   php -n benches/run.php EXTENSION BENCH-SERVER [--quick|--long] [--only=TEXT] [--write]
 *
 * Every measurement has a process of its own, without .ini files, on the machine's last core. Work of small calls, of
 * which the CPU time counts, shares that core with its server: on two, a client that makes one call after the other
 * mostly measures how fast the cores wake each other. All other work has its server on the first core. Figures are
 * medians over the rounds, with the least and the most. Absolute ones move with machine and day, ratios in a run hold.
 *
 * --write puts the results into docs/performance.md, and plots beside it.
 */

declare(strict_types=1);

use S3Storage\Benches\Plots;
use S3Storage\Benches\Processes;
use S3Storage\Benches\Report;
use S3Storage\Benches\Results;
use S3Storage\Benches\Rows;

spl_autoload_register(static function (string $class): void {
    require __DIR__ . '/src/' . strtr(substr($class, strlen('S3Storage\\Benches\\')), '\\', '/') . '.php';
});

[, $extension, $program] = $argv;
$options = array_slice($argv, 3);
[$quick, $long] = [in_array('--quick', $options, true), in_array('--long', $options, true)];
$only = '';
foreach ($options as $option) {
    $only = str_starts_with($option, '--only=') ? substr($option, strlen('--only=')) : $only;
}
$rows = array_filter(Rows::all($quick, $long), static fn ($row) => $only === '' || str_contains($row->id, $only));
$rounds = $quick ? 3 : 5;

// In memory, where there is such a place: what a disk does is no part of what is measured.
$directory = (is_writable('/dev/shm') ? '/dev/shm' : sys_get_temp_dir()) . '/s3storage-bench-' . getmypid();
mkdir($directory, 0700);
foreach (array_unique(array_map(static fn ($row) => $row->work === 'upload' ? $row->size : 0, $rows)) as $size) {
    if ($size > 0) {
        $file = fopen("$directory/in-$size", 'wb');
        for ($left = $size; $left > 0; $left -= 1 << 20) {
            fwrite($file, random_bytes(1 << 20));
        }
        fclose($file);
    }
}
$processes = new Processes($program, $extension, $directory);
$clear = static function () use ($processes, $directory): void {
    $processes->stop();
    exec('rm -rf ' . escapeshellarg($directory));
};
register_shutdown_function($clear);

$started = hrtime(true);
$results = new Results();
$results->bareMemory = $processes->bareMemory();
foreach ($rows as $row) {
    for ($round = 0; $round < $row->rounds($rounds); $round++) {
        foreach ($row->contenders as $contender) {
            if ($results->missing($row, $contender) !== null) {
                continue;
            }
            if ($row->work === 'cold') {
                $value = $processes->coldStart($row, $contender);
                $said = $value === null ? ['missing' => 'not installed'] : ['value' => $value, 'rss' => 0.0];
            } else {
                $said = $processes->measure($row, $contender);
            }
            if (isset($said['missing'])) {
                $results->lacks($row, $contender, $said['missing']);
            } else {
                $results->add($row, $contender, $said['value'], $said['rss']);
            }
        }
    }
    echo Report::line($row, $results);
}
printf("all of it took %d seconds\n", (hrtime(true) - $started) / 1e9);

if (in_array('--write', $options, true)) {
    $report = new Report($rows, $results, $rounds);
    $report->write(dirname(__DIR__) . '/docs/performance.md');
    (new Plots($rows, $results))->write(dirname(__DIR__) . '/docs/performance');
    echo "wrote docs/performance.md and the plots in docs/performance/\n";
}
