<?php

declare(strict_types=1);

// Laravel as Debian packages it.
require __DIR__ . '/../bootstrap.php';
require 'Illuminate/autoload.php';
