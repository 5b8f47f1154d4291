<?php

declare(strict_types=1);

namespace S3Storage\Tests\Applications;

use S3Storage\Tests\ApplicationTestCase;

final class LaravelApplicationTest extends ApplicationTestCase
{
    protected static function framework(): string
    {
        return 'Illuminate/autoload.php';
    }

    protected static function folder(): string
    {
        return 'laravel';
    }

    protected static function scripts(): array
    {
        return ['index.php', 'artisan'];
    }
}
