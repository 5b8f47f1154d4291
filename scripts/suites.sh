# Sourced: runs the suites in Rust, and those of tests-php/ with one PHP. The server and the extension come from the environment.
# `run_cargo`, `run_phpt` and `run_phpunit` add to these counts, and keep what failed for the end, where a reader of a long
# log looks first.
passed=0 failed=0 skipped=0
failures=$(mktemp -d)

heading() { printf '\n== %s\n' "$1"; }
add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

# run_cargo [ARGUMENT…]: of `cargo test`.
run_cargo() {
    local log status p f s
    log=$(mktemp)
    cargo test --no-default-features --no-fail-fast "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f s <<<"$(awk '/^test result:/ {p += $4; f += $6; s += $8} END {print p + 0, f + 0, s + 0}' "$log")"
    # A test program that did not build, died, or ran nothing counts too.
    [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$p" -eq 0 ]; } && f=1
    if [ "$f" -gt 0 ]; then
        awk '/^---- .* ----$/ {on = 1} /^failures:$/ {on = 0} on' "$log" >>"$failures/evidence"
        awk '/^test .* \.\.\. FAILED$/ {print "cargo: " $2; n++} END {if (!n) print "cargo: " last} {last = $0}' "$log" >>"$failures/names"
    fi
    rm -f "$log"
    add "$p" "$f" "$s"
}

# run_phpt PHP PHP_CONFIG [SETTING…]: what the engine is promised.
run_phpt() {
    local php=$1 config=$2 runner log p f s again setting settings=()
    shift 2
    for setting; do settings+=(-d "$setting"); done
    log=$(mktemp)
    runner=$("$config" --extension-dir)/build/run-tests.php
    [ -f "$runner" ] || runner=$("$config" --prefix)/lib/php/build/run-tests.php
    TEST_PHP_EXECUTABLE=$(command -v "$php") NO_INTERACTION=1 \
        "$php" "$runner" -q --no-color -d extension="$S3STORAGE_EXTENSION" "${settings[@]}" --show-diff tests-php/phpt 2>&1 |
        tee "$log" | grep -vE '^(PASS|TEST [0-9])'
    read -r p f s <<<"$(awk '/^Tests passed/ {p = $4} /^Tests failed/ {f += $4} /^Tests warned/ {f += $4} /^Tests skipped/ {s = $4} END {print p + 0, f + 0, s + 0}' "$log")"
    # The runner itself tries a test with times in it once more, and warns of one that passes then.
    again=$(awk '/^WARNED TEST SUMMARY$/ {on = 1} /^=/ {on = 0} on && /passed on retry/ {n++; print "phpt: " $0 > names} END {print n + 0}' names="$failures/again" "$log")
    p=$((p + again)) f=$((f - again))
    # A runner that did not run is a failure.
    [ "$((p + f))" -eq 0 ] && f=1
    if [ "$f" -gt 0 ]; then
        awk '/^========DIFF========/ {on = 1} on; /^========DONE========/ {on = 0}' "$log" >>"$failures/evidence"
        awk '/^[A-Z]+ TEST SUMMARY$/ {on = 1} on && /\.phpt\]/ && !/passed on retry/ {print "phpt: " $0; n++} END {if (!n) print "phpt: did not run"}' "$log" >>"$failures/names"
    fi
    rm -f "$log"
    add "$p" "$f" "$s"
}

# run_phpunit PHP PHPUNIT [ARGUMENT…]: the class as applications use it.
run_phpunit() {
    local php=$1 phpunit=$2 log status p f s
    shift 2
    log=$(mktemp)
    "$php" -d extension="$S3STORAGE_EXTENSION" "$phpunit" -c tests-php/phpunit.xml --log-junit "$log" "$@"
    status=$?
    read -r p f s <<<"$("$php" scripts/junit.php "$log" "$failures")"
    rm -f "$log"
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
        f=1
        echo "phpunit: ended with $status" >>"$failures/names"
    fi
    add "$p" "$f" "$s"
}

# add_failure WHAT: other than a test of a suite.
add_failure() {
    add 0 1 0
    echo "$1" >>"$failures/names"
}

closing_line() {
    if [ -s "$failures/again" ]; then
        printf '\n== What passed at a second try only\n'
        cat "$failures/again"
    fi
    if [ -s "$failures/names" ]; then
        printf '\n== What failed\n'
        [ -s "$failures/evidence" ] && head -n 400 "$failures/evidence"
        cat "$failures/names"
    fi
    rm -rf "$failures"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
