#!/usr/bin/env bash
# Fuzzes each target for so many seconds, one after the other, beginning with its corpus. The first build takes some minutes.
#   scripts/fuzz.sh SECONDS [TARGET]        what is found to matter goes to fuzz/found/TARGET, what fails to fuzz/artifacts/TARGET
#   scripts/fuzz.sh merge [TARGET]          takes from there into fuzz/corpus what is small and reaches code that nothing in the corpus does
#
# On the stable toolchain: without a sanitizer (`-s none`), which the crate needs least of all, since it has no unsafe code where bytes are
# read; with debug assertions and overflow checks.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-60}
only=${2:-}
. scripts/tools.sh
tool cargo-fuzz 0.13.2

# One list of versions: the crate is fuzzed with what it is built with.
cp Cargo.lock fuzz/Cargo.lock
targets=$only
[ -n "$targets" ] || targets=$(cd fuzz/fuzz_targets && ls | sed 's/\.rs$//')
options=(-s none -a)

failed=()
for target in $targets; do
    mkdir -p "fuzz/found/$target" "fuzz/corpus/$target"
    if [ "$what" = merge ]; then
        find "fuzz/found/$target" -type f -size +512c -delete
        cargo fuzz run "${options[@]}" "$target" "fuzz/corpus/$target" "fuzz/found/$target" -- -merge=1 -timeout=10 2>&1 | tail -1
        rm -r "fuzz/found/$target"
        continue
    fi
    log=$(mktemp)
    echo "fuzz: $target for $what seconds"
    # The last words have the figures; memory is bounded, and so is the time of one input.
    if cargo fuzz run "${options[@]}" "$target" "fuzz/found/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$what" -rss_limit_mb=1024 -malloc_limit_mb=256 -timeout=10 -max_len=16384 \
        -print_final_stats=1 >"$log" 2>&1; then
        awk '/^Done / {done = $2} /stat::number_of_executed_units/ {runs = $2} /stat::peak_rss_mb/ {rss = $2} / cov: / {cov = $4}
            END {printf "      no finding: %s runs, %s edges, %s MB at most\n", runs ? runs : done, cov, rss}' "$log"
        rm -f "$log"
    else
        tail -40 "$log"
        failed+=("$target")
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "fuzz: findings in ${failed[*]}; cargo fuzz run ${options[*]} TARGET fuzz/artifacts/TARGET/FILE shows one again" >&2
    exit 1
fi
