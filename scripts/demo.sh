#!/usr/bin/env bash
# Runs the quickstart with the extension, against the embedded S3 server or the one that S3_ENDPOINT names.
#   scripts/demo.sh EXTENSION SERVER-BINARY [FILE]
set -euo pipefail
extension=$(realpath "$1")
server=$2
shift 2

if [ -n "${S3_ENDPOINT:-}" ]; then
    for name in S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET; do
        [ -n "${!name:-}" ] || { echo "demo: S3_ENDPOINT is set, but $name is not" >&2; exit 1; }
    done
    echo "demo: using the server at $S3_ENDPOINT"
else
    . "$(dirname "$0")/server.sh"
    start_server "$server"
    echo "demo: the embedded S3 server listens at $S3_ENDPOINT"
fi
echo "demo: php -d extension=$extension examples/quickstart.php"
php -d extension="$extension" examples/quickstart.php "$@"
