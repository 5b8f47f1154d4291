#!/usr/bin/env bash
# Tries the extension in a real php-fpm behind nginx: mixed work, recycled, killed and reloaded workers, sites with keys of their own in one
# pool, a preloaded script. Everything is in a temporary folder and on 127.0.0.1, and ends with this script.
#   scripts/fpm.sh PROFILE [REQUESTS]
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$1
requests=${2:-3000}
target=$(realpath "${CARGO_TARGET_DIR:-target}")/$profile

# Debian keeps both where only root's PATH looks.
PATH=$PATH:/usr/sbin
FPM_PROGRAM=$(command -v "php-fpm$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')" || command -v php-fpm)
NGINX_PROGRAM=$(command -v nginx)
S3STORAGE_EXTENSION=$target/libs3storage.so S3STORAGE_DEV_SERVER=$target/examples/dev_server
export FPM_PROGRAM NGINX_PROGRAM S3STORAGE_EXTENSION S3STORAGE_DEV_SERVER
for name in $(env | awk -F= '/^(AWS|S3)_/ {print $1}'); do unset "$name"; done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ulimit -c unlimited
php -d extension="$S3STORAGE_EXTENSION" -d memory_limit=-1 tests-php/fpm/run.php "$requests" "$folder"
