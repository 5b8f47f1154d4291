#!/usr/bin/env bash
# Runs the tests that docs/faults.md names, against the embedded server, and prints its rows with what came of them.
#   scripts/faults.sh PROFILE     the cargo profile of everything that is built
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$1
for name in $(env | awk -F= '/^AWS_/ {print $1}'); do unset "$name"; done
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent

cargo build --quiet --profile "$profile" --lib --example dev_server
export S3STORAGE_EXTENSION=$PWD/target/$profile/libs3storage.so S3STORAGE_DEV_SERVER=$PWD/target/$profile/examples/dev_server
PHPUNIT=$(command -v phpunit)
PHP_RUN_TESTS=$(php-config --extension-dir)/build/run-tests.php
[ -f "$PHP_RUN_TESTS" ] || PHP_RUN_TESTS=$(php-config --prefix)/lib/php/build/run-tests.php
export PHPUNIT PHP_RUN_TESTS
. scripts/server.sh
start_server "$S3STORAGE_DEV_SERVER"
php tests-php/faults.php "$profile"
