#!/usr/bin/env bash
# Asks FrankenPHP in worker mode 50,000 times: no request fails, the memory does not grow, each thread keeps its connection.
#   REQUESTS=1000 THREADS=2 scripts/versions/test-frankenphp.sh
. "$(dirname "$0")/common.sh"
threads=${THREADS:-4} requests=${REQUESTS:-50000}
command -v go >/dev/null || fail "Go is missing (https://go.dev/dl)"
use_zts
forget_credentials
work=$(mktemp -d)
serve --access-log "$work/requests"

heading "FrankenPHP on a PHP with threads"
echo "extension=$S3STORAGE_EXTENSION" >"$work/php.ini"
# A main module of our own: that of FrankenPHP has replacements, which `go install` refuses.
CGO_CFLAGS=$("$PHP_CONFIG" --includes) CGO_LDFLAGS="-L$zts/lib -Wl,-rpath,$zts/lib" \
    go build -C tests-php/frankenphp -tags nowatcher -o "$cache/frankenphp" . || fail "FrankenPHP does not build"

heading "$requests requests on $threads threads"
if PHPRC=$work timeout 1200 "$cache/frankenphp" "$root/tests-php/frankenphp/worker.php" "$threads" "$requests"; then add 1 0 0; else add_failure "frankenphp: the workers"; fi

heading "Connections at the server"
connections=$(awk '{print $4}' "$work/requests" | sort -u | wc -l)
echo "$(wc -l <"$work/requests") requests to the server over $connections connections"
if [ "$connections" -le "$threads" ] && [ "$connections" -gt 0 ]; then add 1 0 0; else add_failure "frankenphp: $connections connections"; fi
rm -rf "$work"
closing_line
