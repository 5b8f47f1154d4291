#!/usr/bin/env bash
# Builds the extension for Debian 13's PHP 8.4 and runs the suites of tests-php/ there. The server runs outside of that tree.
. "$(dirname "$0")/common.sh"
make_tree
install_in_tree "${for_suites[@]}" "${for_build[@]}"
forget_credentials
serve
cargo_target php84
export PHP=/usr/bin/php8.4 PHP_CONFIG=/usr/bin/php-config8.4

heading "The extension for PHP 8.4"
in_tree cargo build --profile ci --lib --example dev_server || fail "the extension does not build for PHP 8.4"

in_tree scripts/versions/suites-here.sh
