# Sourced: runs the suites of tests-php/ with one PHP. The server and the extension come from the environment.
# `run_phpt` and `run_phpunit` add to these counts.
passed=0 failed=0 skipped=0

heading() { printf '\n== %s\n' "$1"; }
add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

# run_phpt PHP PHP_CONFIG [SETTING…]: what the engine is promised.
run_phpt() {
    local php=$1 config=$2 runner log p f s setting settings=()
    shift 2
    for setting; do settings+=(-d "$setting"); done
    log=$(mktemp)
    runner=$("$config" --extension-dir)/build/run-tests.php
    [ -f "$runner" ] || runner=$("$config" --prefix)/lib/php/build/run-tests.php
    TEST_PHP_EXECUTABLE=$(command -v "$php") NO_INTERACTION=1 \
        "$php" "$runner" -q -d extension="$S3STORAGE_EXTENSION" "${settings[@]}" --show-diff tests-php/phpt 2>&1 |
        tee "$log" | grep -vE '^(PASS|TEST [0-9])'
    read -r p f s <<<"$(awk '/^Tests passed/ {p = $4} /^Tests failed/ {f += $4} /^Tests warned/ {f += $4} /^Tests skipped/ {s = $4} END {print p + 0, f + 0, s + 0}' "$log")"
    rm -f "$log"
    # A runner that did not run is a failure.
    [ "$((p + f))" -eq 0 ] && f=1
    add "$p" "$f" "$s"
}

# run_phpunit PHP PHPUNIT [ARGUMENT…]: the class as applications use it.
run_phpunit() {
    local php=$1 phpunit=$2 log status p f s
    shift 2
    log=$(mktemp)
    "$php" -d extension="$S3STORAGE_EXTENSION" "$phpunit" -c tests-php/phpunit.xml --log-junit "$log" "$@"
    status=$?
    read -r p f s <<<"$("$php" -r '
        $xml = @simplexml_load_file($argv[1]);
        $all = $xml ? $xml->testsuite : null;
        $bad = $all ? (int) $all["errors"] + (int) $all["failures"] : 1;
        $skipped = $all ? (int) $all["skipped"] : 0;
        echo $all ? (int) $all["tests"] - $bad - $skipped : 0, " ", $bad, " ", $skipped;' "$log")"
    rm -f "$log"
    [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    add "$p" "$f" "$s"
}

closing_line() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
