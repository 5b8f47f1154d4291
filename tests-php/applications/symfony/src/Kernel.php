<?php

declare(strict_types=1);

namespace App;

use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;

final class Kernel extends BaseKernel
{
    use MicroKernelTrait;

    public static function ofEnvironment(): self
    {
        // Messenger's workers tell what they do; this is no test of Symfony's own deprecations.
        error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
        $environment = (string) getenv('APP_ENV') ?: 'prod';
        return new self($environment, $environment === 'dev');
    }

    public function getProjectDir(): string
    {
        return dirname(__DIR__);
    }

    /** A folder of the test that runs the application. */
    public function getCacheDir(): string
    {
        return getenv('APP_VAR') . "/cache/$this->environment";
    }

    public function getLogDir(): string
    {
        return getenv('APP_VAR') . '/log';
    }
}
