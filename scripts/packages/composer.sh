#!/usr/bin/env bash
# The three packages as Composer sees them. S3STORAGE_EXTENSION is a build for the PHP that runs.
#   scripts/packages/composer.sh validate       their manifests, with a Composer that knows extensions (2.9.5 or newer)
#   scripts/packages/composer.sh application    an application that takes the library and the stubs by path; no network
set -euo pipefail
cd "$(dirname "$0")/../.."
export COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_DISABLE_NETWORK=1 COMPOSER_NO_INTERACTION=1
fail() { echo "composer: $*" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Composer asks git for the version of what it stands in, which is of no matter here.
export COMPOSER_ROOT_VERSION=dev-main COMPOSER_HOME=$scratch/home COMPOSER_VENDOR_DIR=$scratch/vendor

case $1 in
    validate)
        composer --version
        for manifest in composer.json php/composer.json php-stubs/composer.json; do
            composer validate --strict --no-check-lock "$manifest"
        done
        ;;
    application)
        composer=$(command -v composer)
        if php "$composer" --working-dir=tests-php/composer install >"$scratch/log" 2>&1; then
            fail "the library can be installed where the extension is missing"
        fi
        grep -q 'ext-s3storage' "$scratch/log" || fail "without the extension Composer does not say what is missing: $(cat "$scratch/log")"
        echo "  ok: without the extension Composer says: $(grep -m1 -o 'requires* *.*ext-s3storage.*' "$scratch/log")"
        php -d extension="$S3STORAGE_EXTENSION" "$composer" --working-dir=tests-php/composer --no-progress install
        php -d extension="$S3STORAGE_EXTENSION" tests-php/composer/application.php "$scratch/vendor"
        [ -x "$scratch/vendor/bin/s3storage" ] || fail "the program s3storage is not in vendor/bin"
        ;;
esac
