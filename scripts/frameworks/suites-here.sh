#!/usr/bin/env bash
# Runs the suites of the adapters with the PHP and the packages of where this runs.
. scripts/suites.sh
php -r 'echo "PHP ", PHP_VERSION, "\n";'
dpkg-query -W -f '${Package} ${Version}\n' php-league-flysystem php-laravel-framework php-symfony-framework-bundle php-symfony-messenger phpunit
heading "The suites of the project"
run_phpunit php "$(command -v phpunit)" --testsuite adapters
if [ "${S3_SERVER:-}" != minio ]; then
    # It wants object ACLs, which MinIO has none of.
    heading "Flysystem's own test of adapters"
    run_phpunit php "$(command -v phpunit)" --bootstrap tests-php/flysystem/bootstrap.php --testsuite flysystem
fi
heading "Symfony: booted kernels"
run_phpunit php "$(command -v phpunit)" --bootstrap tests-php/symfony/bootstrap.php --testsuite symfony
heading "Laravel: a booted application"
run_phpunit php "$(command -v phpunit)" --bootstrap tests-php/laravel/bootstrap.php --testsuite laravel
if php -r 'exit(stream_resolve_include_path("Revolt/EventLoop/autoload.php") === false ? 1 : 0);'; then
    heading "Revolt: futures on its event loop"
    dpkg-query -W -f '${Package} ${Version}\n' php-revolt-event-loop
    run_phpunit php "$(command -v phpunit)" --bootstrap tests-php/revolt/bootstrap.php --testsuite revolt
fi
closing_line
