#!/usr/bin/env bash
# Holds the dependencies to deny.toml: licences, bans, sources, and known advisories. The database of advisories is fetched; where that cannot be
# done they are not checked, and this says so and fails with 3.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh
tool cargo-deny 0.20.2 || exit 1

if ! cargo-deny --log-level error check licenses bans sources; then
    echo "audit: the policy of deny.toml is broken; see above" >&2
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cargo-deny fetch db >"$log" 2>&1; then
    tail -5 "$log" >&2
    echo "audit: licences, bans and sources are as deny.toml wants them; advisories were NOT CHECKED, since their database cannot be fetched" >&2
    exit 3
fi
if ! cargo-deny --log-level error check --disable-fetch advisories; then
    echo "audit: there are advisories about dependencies; see above" >&2
    exit 1
fi
echo "audit: licences, bans, sources and advisories are as deny.toml wants them"
