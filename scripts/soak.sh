#!/usr/bin/env bash
# Mixed operations of several processes through a line that breaks at random, against servers that are killed and started again;
# then every object is compared with what was promised. Exits with 1 if anything was violated.
#   scripts/soak.sh PROFILE MINUTES [SEED] [SERVER…]     servers: minio, versitygw; both without any
# A run that fails keeps its folder: journals, logs, and what the servers have.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$1 minutes=$2 seed=${3:-$((RANDOM * 32768 + RANDOM))}
shift $(($# < 3 ? $# : 3))
servers=("$@")
[ ${#servers[@]} -gt 0 ] || servers=(minio versitygw)
target=$(realpath "${CARGO_TARGET_DIR:-target}")/$profile

# The programs of the servers, which are built once. SOAK_MINIO and SOAK_VERSITYGW name others.
for server in "${servers[@]}"; do
    variable=SOAK_${server^^}
    [ -n "${!variable:-}" ] || printf -v "$variable" %s "$("scripts/servers/$server.sh" program)"
    export "${variable?}"
done

for name in $(env | awk -F= '/^(AWS|S3)_/ {print $1}'); do unset "$name"; done
export SOAK_PROXY=$target/examples/chaos_proxy
folder=$(mktemp -d)
echo "soak: $minutes minutes, seed $seed, servers ${servers[*]}, folder $folder"
if php -d extension="$target/libs3storage.so" -d memory_limit=-1 tests-php/soak/run.php "$minutes" "$seed" "$folder" "${servers[@]}"; then
    rm -rf "$folder"
else
    echo "soak: seed $seed failed; $folder has the journals" >&2
    exit 1
fi
