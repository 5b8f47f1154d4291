#!/usr/bin/env bash
# Runs the suites of tests-php/ with the `php` of where this runs, and closes with `N passed, N failed, N skipped`.
. scripts/suites.sh
php -v | head -1
heading "phpt: what the engine is promised"
run_phpt php php-config
heading "PHPUnit: the class as applications use it"
run_phpunit php "$(command -v phpunit)"
closing_line
