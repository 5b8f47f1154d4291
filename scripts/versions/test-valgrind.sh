#!/usr/bin/env bash
# Calls every method under valgrind's memcheck: no access may be invalid, and 2 N rounds must leave no byte more behind than N.
. "$(dirname "$0")/common.sh"
rounds=4
forget_credentials
serve
export S3STORAGE_EXTENSION=$root/target/ci/libs3storage.so
work=$(mktemp -d)

# memcheck ROUNDS: its report in $work/ROUNDS.
memcheck() {
    # With the engine's own allocator memcheck would see a few large pieces only, and it cannot look into code that PCRE makes at run time.
    USE_ZEND_ALLOC=0 timeout 900 valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=none \
        --num-callers=30 --error-exitcode=99 --log-file="$work/$1" \
        php -d extension="$S3STORAGE_EXTENSION" -d pcre.jit=0 -d opcache.enable=0 tests-php/memcheck/work.php "$1"
}

# left ROUNDS: the bytes that were allocated at the end, whether anything pointed to them or not.
left() { awk '/(lost|still reachable):/ {gsub(",", ""); sum += $(NF - 4)} END {print sum + 0}' "$work/$1"; }

for number in $rounds $((2 * rounds)); do
    heading "memcheck: every method, $number times"
    memcheck "$number"
    status=$?
    if [ "$status" -eq 0 ]; then
        add 1 0 0
    else
        add_failure "memcheck: ended with $status after $number rounds"
        grep -v '^--' "$work/$number" | head -150
    fi
    grep -E 'lost:|still reachable:|ERROR SUMMARY' "$work/$number"
done

heading "What is left does not grow"
few=$(left $rounds) many=$(left $((2 * rounds)))
echo "$few bytes after $rounds rounds, $many after $((2 * rounds))"
# The thread of the futures is stopped wherever it is, so some of what it works with comes and goes; eight bytes of each call would be more.
if [ "$few" -gt 0 ] && [ "$many" -le $((few + 4096)) ]; then
    add 1 0 0
else
    add_failure "memcheck: what is left grows"
    sed -n '/HEAP SUMMARY/,$p' "$work/$((2 * rounds))" | grep -v '^--' | head -200
fi
rm -rf "$work"
closing_line
