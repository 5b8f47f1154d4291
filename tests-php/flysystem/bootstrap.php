<?php

declare(strict_types=1);

// Flysystem's own test of adapters, from its source (scripts/frameworks/flysystem-source.sh), beside the Flysystem that
// is installed.
require __DIR__ . '/../bootstrap.php';

$utilities = __DIR__ . '/../../.cache/flysystem/src/AdapterTestUtilities';
require "$utilities/test-functions.php";
require "$utilities/RetryOnTestException.php";
require "$utilities/FilesystemAdapterTestCase.php";
