#!/usr/bin/env bash
# Runs every test and closes with `N passed, N failed, N skipped`.
#   scripts/test.sh PROFILE     the cargo profile of everything that is built
set -uo pipefail
profile=$1
started=$(date +%s)
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
work=$(mktemp -d)
target=$root/target/$profile
. scripts/suites.sh

# The tests decide what credentials there are; those of the person who runs them stay out of it.
for name in $(env | awk -F= '/^AWS_/ {print $1}'); do unset "$name"; done
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none

heading "Rust: the core, the S3 backend, the embedded server and the examples (without PHP)"
run_cargo --profile "$profile" -p s3storage -p example-upload-handler -p example-custom-driver

heading "The extension"
if ! cargo build --profile "$profile" --lib --example dev_server; then
    add_failure "the extension does not build"
    closing_line
    exit 1
fi
export S3STORAGE_EXTENSION=$target/libs3storage.so S3STORAGE_DEV_SERVER=$target/examples/dev_server
. scripts/server.sh
if [ -z "${S3_ENDPOINT:-}" ]; then
    start_server "$S3STORAGE_DEV_SERVER"
fi

heading "phpt: what the engine is promised"
run_phpt php php-config

heading "PHPUnit: the class as applications use it"
run_phpunit php "$(command -v phpunit)"

heading "Presigned URLs beside botocore's"
if scripts/presign.sh "$S3STORAGE_EXTENSION"; then add 1 0 0; else add_failure "presigned URLs beside botocore's"; fi

rm -rf "$work"
printf '\nall tests took %d seconds\n' $(($(date +%s) - started))
closing_line
