#!/usr/bin/env bash
# Measures the extension as it was built.
#   scripts/bench.sh all [--quick|--long] [--only=TEXT] [--write]       every row, beside the peers: benches/run.php
#   scripts/bench.sh cpu PROFILE [--tls] [--rounds=N] [--calls=N]        against the embedded S3 server
#   scripts/bench.sh instructions PROFILE [--update]                     the same
# PEERS names a vendor directory with aws/aws-sdk-php, async-aws/s3 and league/flysystem-aws-s3-v3, where Composer has not put
# them into benches/vendor.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$1" = all ]; then
    shift
    target=$(realpath "${CARGO_TARGET_DIR:-target}")/release
    if [ -z "${PEERS:-}" ] && [ ! -d benches/vendor ] && command -v composer >/dev/null; then
        composer install --working-dir=benches --no-interaction --quiet ||
            echo "bench: Composer could not get the peers; their cells will say so"
    fi
    exec php -n benches/run.php "$target/libs3storage.so" "$target/bench-server" "$@"
fi

# Client and server on one core. Beside each other on two, a client that makes one call after the other mostly measures how
# fast the cores wake each other; on one, the server runs exactly while the client waits.
if [ "$1" != --pinned ]; then
    cores=$(taskset -cp $$)
    exec taskset -c "${cores##*[^0-9]}" "./scripts/${0##*/}" --pinned "$@"
fi
what=$2 profile=$3
shift 3

target=${CARGO_TARGET_DIR:-target}/$profile
S3STORAGE_EXTENSION=$(realpath "$target/libs3storage.so")
export S3STORAGE_EXTENSION
server_options=()
modules=()
for option in "$@"; do
    if [ "$option" = --tls ]; then
        tls=$(mktemp -d)
        export S3STORAGE_BENCH_CA=$tls/ca.pem
        server_options+=(--tls "$tls")
    fi
done
. scripts/server.sh
start_server "${CARGO_TARGET_DIR:-target}/ci/examples/dev_server" "${server_options[@]}"
[ -z "${tls:-}" ] || trap 'stop_server; rm -rf "$tls"' EXIT

# Without .ini files: what else they load is not what is measured.
if [ "$what" = cpu ]; then
    php -n -m | grep -ix curl >/dev/null || modules+=(-d extension=curl)
    modules+=(-d extension="$S3STORAGE_EXTENSION")
fi
php -n "${modules[@]}" "benches/$what.php" "$profile" "$@"
