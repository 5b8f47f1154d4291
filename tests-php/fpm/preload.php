<?php

/** The script of `opcache.preload`. */

declare(strict_types=1);

use S3Storage\Tests\Fpm\Preloaded;

require __DIR__ . '/Preloaded.php';

Preloaded::work();
