#!/usr/bin/env bash
# Runs a command whose processes are stopped again and again, as those of a busy machine are: what fails then and not
# otherwise depends on how fast the machine is.
#   scripts/stalling.sh SECONDS COMMAND…     each stop lasts up to so long, and as long again and more lies between two
set -uo pipefail
longest=$1
shift
moment() { awk -v from="$1" -v to="$2" -v seed="$RANDOM$RANDOM" 'BEGIN {srand(seed); print from + rand() * (to - from)}'; }
# A process group of its own, which is stopped as one.
set -m
"$@" &
job=$!
trap 'kill -CONT -- "-$job" 2>/dev/null; kill -- "-$job" 2>/dev/null' INT TERM
while kill -0 "$job" 2>/dev/null; do
    sleep "$(moment 0.2 "$(awk -v s="$longest" 'BEGIN {print 0.2 + 2 * s}')")"
    kill -STOP -- "-$job" 2>/dev/null || break
    sleep "$(moment 0.02 "$longest")"
    kill -CONT -- "-$job" 2>/dev/null
done
wait "$job"
