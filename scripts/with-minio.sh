#!/usr/bin/env bash
# Runs a command against a real MinIO on a free port of this machine, which it stops afterwards.
#   scripts/with-minio.sh make demo
#   scripts/with-minio.sh make test
# Other servers are beside it in scripts/servers/.
exec "$(dirname "$0")/servers/minio.sh" with "$@"
