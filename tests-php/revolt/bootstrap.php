<?php

declare(strict_types=1);

// Revolt as Debian packages it.
require __DIR__ . '/../bootstrap.php';
require 'Revolt/EventLoop/autoload.php';
