#!/usr/bin/env bash
# Builds the extension for a PHP with threads, runs the phpt suite with that PHP, and scripts in many threads of one process.
. "$(dirname "$0")/common.sh"
use_zts
forget_credentials
serve

"$PHP" -v | head -1
heading "phpt: what the engine is promised"
run_phpt "$PHP" "$PHP_CONFIG"

heading "Many threads of one process"
work=$(mktemp -d)
# Where embedded PHP looks for its settings.
echo "extension=$S3STORAGE_EXTENSION" >"$work/php.ini"
read -ra includes <<<"$("$PHP_CONFIG" --includes)"
cc -O1 -g "${includes[@]}" tests-php/threads/threads.c -o "$work/threads" -L"$zts/lib" -Wl,-rpath,"$zts/lib" -lphp -lpthread || fail "threads.c does not build"
# in_threads SCRIPT THREADS REQUESTS WAVES
in_threads() {
    echo "$1: $2 threads, $3 requests each, $4 times"
    if PHPRC=$work timeout 120 "$work/threads" "$root/tests-php/threads/$1" "$2" "$3" "$4"; then
        add 1 0 0
    else
        add_failure "threads: $1 ended with $?"
    fi
}
in_threads mixed.php 8 20 5
in_threads limit.php 16 20 2
in_threads environment.php 8 10 5
in_threads time_limit.php 4 1 2
rm -rf "$work"
closing_line
