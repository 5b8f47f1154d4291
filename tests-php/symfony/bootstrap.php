<?php

declare(strict_types=1);

// Symfony as Debian packages it.
require __DIR__ . '/../bootstrap.php';
require __DIR__ . '/../applications/symfony/autoload.php';
