<?php

/*
 * Prints the licences of the crates that are linked into the extension, each text once, with the crates that
 * it applies to: what their authors ask of whoever passes on a binary.
 *
 *     php scripts/packages/licences.php >THIRD-PARTY-LICENSES
 */

declare(strict_types=1);

$run = static function (string $command): string {
    exec($command, $lines, $status);
    return $status === 0 ? implode("\n", $lines) : throw new RuntimeException("this failed: $command");
};
$host = trim($run("rustc -vV | sed -n 's/^host: //p'"));
$options = "--locked --features quiet";

// Procedural macros run at build time only, which no edge tells; a licence too many does no harm.
$tree = "cargo tree $options --target $host --package s3storage --edges normal --prefix none --format '{p}'";
$linked = [];
foreach (explode("\n", $run($tree)) as $line) {
    if (preg_match('/^(\S+) v(\S+)/', $line, $of)) {
        $linked["$of[1] $of[2]"] = true;
    }
}
$metadata = $run("cargo metadata $options --format-version 1 --filter-platform $host");

$texts = $without = [];
foreach (json_decode($metadata, true, flags: JSON_THROW_ON_ERROR)['packages'] as $package) {
    $name = "$package[name] $package[version]";
    if (!isset($linked[$name]) || $package['source'] === null) {
        continue;
    }
    $folder = dirname($package['manifest_path']);
    $found = false;
    foreach (preg_grep('/^(licen[sc]e|copying|copyright|notice|unlicense)/i', scandir($folder)) as $file) {
        $path = "$folder/$file";
        if (is_file($path)) {
            $text = trim(str_replace("\r\n", "\n", (string) file_get_contents($path)));
            // The same words in other lines are the same licence.
            $key = hash('sha256', (string) preg_replace('/\s+/', ' ', $text));
            $texts[$key] ??= ['text' => $text, 'crates' => []];
            $texts[$key]['crates'][] = $name;
            $found = true;
        }
    }
    if (!$found) {
        $authors = preg_replace('/\s*<.*?>/', '', implode(', ', $package['authors']));
        $without[] = "$name (" . ($package['license'] ?? 'no licence named') . '; ' . ($authors ?: 'its authors') . ')';
    }
}

$rule = str_repeat('-', 100) . "\n";
echo "s3storage.so has these crates of crates.io within it, under these licences.\n\n";
foreach ($texts as &$entry) {
    sort($entry['crates']);
    $entry['crates'] = implode(', ', array_unique($entry['crates']));
}
unset($entry);
usort($texts, static fn (array $a, array $b) => [$a['crates'], $a['text']] <=> [$b['crates'], $b['text']]);
foreach ($texts as $entry) {
    echo $rule, wordwrap($entry['crates'], 100), "\n", $rule, "\n", $entry['text'], "\n\n";
}
if ($without !== []) {
    sort($without);
    echo $rule, "These name a licence and come without its text:\n", $rule, "\n", implode("\n", $without), "\n";
}
