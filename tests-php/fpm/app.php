<?php

/**
 * The application behind nginx; `Site` puts it and the classes that it uses into one folder. It names no superglobal
 * but `$_GET`: PHP makes `$_SERVER` only for scripts that mention it (`auto_globals_jit`), and what the web server
 * tells with a request has to be found by the extension itself.
 */

declare(strict_types=1);

use S3Storage\Tests\Fpm\Preloaded;
use S3Storage\Tests\Fpm\Work;

require_once __DIR__ . '/Work.php';

header('X-Pid: ' . getmypid());
header('Content-Type: text/plain');
if ($_GET['kind'] === 'preloaded') {
    echo class_exists(Preloaded::class, false) ? Preloaded::whatTheMasterDid() : 'nothing was preloaded';
    return;
}
Work::perform(new S3Storage(), (string) getenv('S3_SITE'), $_GET['kind'], (int) $_GET['n']);
