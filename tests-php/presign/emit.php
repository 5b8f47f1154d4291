<?php

/**
 * Writes presigned URLs and forms for `check.py`, one JSON object a line: what was asked for, and what came.
 *
 *   php -d extension=… tests-php/presign/emit.php URLS FORMS
 */

declare(strict_types=1);

namespace S3Storage\Tests;

require __DIR__ . '/../src/PresignCases.php';
require __DIR__ . '/../src/PostCases.php';

foreach (PresignCases::generate((int) $argv[1]) as $case) {
    $ours = PresignCases::presign($case);
    // An empty map would become a list.
    $ours['headers'] = (object) $ours['headers'];
    $case['options'] = (object) $case['options'];
    echo json_encode($case + ['ours' => $ours], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES), "\n";
}
foreach (PostCases::generate((int) $argv[2]) as $case) {
    $ours = PostCases::presign($case);
    foreach (['metadata', 'options'] as $map) {
        $case[$map] = (object) $case[$map];
    }
    echo json_encode($case + ['ours' => $ours], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES), "\n";
}
