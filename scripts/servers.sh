#!/usr/bin/env bash
# The contract suite, from Rust and through PHP, over servers of others; closes with `N passed, N failed, N skipped`.
#   scripts/servers.sh PROFILE [SERVER …]     those of scripts/servers/, all of them where none is named
# With S3STORAGE_COMPATIBILITY=docs the runs write docs/compatibility.md.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
profile=$1
shift
all=(minio versitygw seaweedfs ceph moto garage)
target=$(realpath "${CARGO_TARGET_DIR:-target}")/$profile
work=$(mktemp -d)
# Also where it is interrupted.
end() {
    local server
    for server in "${all[@]}"; do scripts/servers/"$server".sh stop "$work/$server"; done
    rm -rf "$work"
}
trap end EXIT
. scripts/suites.sh
for name in $(env | awk -F= '/^(AWS|S3)_/ {print $1}'); do unset "$name"; done
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
export S3STORAGE_EXTENSION=$target/libs3storage.so S3STORAGE_DEV_SERVER=$target/examples/dev_server

# What runs beside a server: the whole suite in Rust over it, then the same cases through the class.
beside() {
    run_cargo --profile "$profile" --test contract -- "$S3_SERVER::"
    run_phpunit php "$(command -v phpunit)" --filter '/ContractTest::testACaseHolds with data set "s3 /'
    echo "passed=$passed failed=$failed skipped=$skipped" >"$work/counts"
}

cargo build --profile "$profile" --lib --example dev_server || { add_failure "the extension does not build"; closing_line; exit 1; }
[ $# -gt 0 ] || set -- "${all[@]}"
for server; do
    heading "$server"
    rm -f "$work/counts"
    scripts/servers/"$server".sh start "$work/$server" >/dev/null || { add_failure "$server does not start"; continue; }
    # shellcheck disable=SC1090
    (. "$work/$server/environment" && beside)
    # shellcheck disable=SC1091
    if [ -f "$work/counts" ]; then . "$work/counts"; else add_failure "the suite of $server did not end"; fi
    scripts/servers/"$server".sh stop "$work/$server"
    rm -rf "${work:?}/$server"
done
closing_line
