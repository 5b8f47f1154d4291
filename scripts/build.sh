#!/usr/bin/env bash
# Builds the extension and says how large it is.
#   scripts/build.sh PROFILE [--into FILE]    release: as it is shipped and measured; ci: quick to build, with the embedded server beside it.
#                                             A copy of the library is put at FILE
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$1
into=${3:-}
target=${CARGO_TARGET_DIR:-target}/$profile

# A PHP that is not the one on the PATH. The binding takes paths, not names.
for variable in PHP PHP_CONFIG; do
    [ -n "${!variable:-}" ] || continue
    path=$(command -v "${!variable}") || { echo "build: $variable is ${!variable}, and there is no such program" >&2; exit 1; }
    export "$variable=$path"
done

if [ "$profile" = release ]; then
    echo "build: cargo rustc --release (some minutes the first time: it is optimised as a whole)"
    # A cdylib alone: together with an rlib, as the manifest has it, cargo leaves link-time optimisation out.
    cargo rustc --release --lib --crate-type cdylib --features quiet
else
    echo "build: cargo build --profile $profile (some minutes the first time, seconds after that)"
    # In the same command as the server: one set of features, so that their dependencies build once.
    cargo build --profile "$profile" --lib --example dev_server
fi
echo "build: $target/libs3storage.so has $(($(stat -c %s "$target/libs3storage.so") / 1024)) KiB"
if [ -n "$into" ]; then
    mkdir -p "$(dirname "$into")"
    # Not over the old one: a process that has it loaded would read the new one's pages.
    cp "$target/libs3storage.so" "$into.new"
    mv "$into.new" "$into"
fi
