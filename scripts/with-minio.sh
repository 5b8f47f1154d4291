#!/usr/bin/env bash
# Runs a command against a real MinIO on a free port of this machine, which it stops afterwards.
#   scripts/with-minio.sh make demo
#   scripts/with-minio.sh make test
# MinIO is taken from $MINIO, or built once into .cache/ with Go's own `go install` (some minutes).
set -euo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
root=$(cd "$(dirname "$0")/.." && pwd)
minio=${MINIO:-$root/.cache/minio-$version/minio}

if [ ! -x "$minio" ]; then
    command -v go >/dev/null || { echo "with-minio: Go is missing (https://go.dev/dl), or set MINIO to a minio binary" >&2; exit 1; }
    echo "with-minio: building MinIO $version (once, some minutes)"
    GOBIN=$(dirname "$minio") go install "github.com/minio/minio@$version"
fi

data=$(mktemp -d)
export S3_ACCESS_KEY=minio-key S3_SECRET_KEY=minio-secret S3_BUCKET=demo-bucket S3_FLAVOUR=minio
export S3_VERSIONED_BUCKET=versioned-bucket S3_LOCKED_BUCKET=locked-bucket
mkdir "$data/$S3_BUCKET"
port=$(php -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo substr(strrchr(stream_socket_get_name($s, false), ":"), 1);')
export S3_ENDPOINT=http://127.0.0.1:$port
# With a key of its own, MinIO encrypts what it is asked to encrypt.
MINIO_ROOT_USER=$S3_ACCESS_KEY MINIO_ROOT_PASSWORD=$S3_SECRET_KEY MINIO_UPDATE=off \
    MINIO_KMS_SECRET_KEY=minio-key:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
    "$minio" server --quiet --address "127.0.0.1:$port" --console-address 127.0.0.1:0 "$data" >"$data.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$data" "$data.log"' EXIT
for _ in $(seq 100); do
    php -r 'exit(@file_get_contents($argv[1]) === false ? 1 : 0);' "$S3_ENDPOINT/minio/health/live" && break
    kill -0 "$pid" 2>/dev/null || { cat "$data.log" >&2; exit 1; }
    sleep 0.2
done
# Buckets with versions and locks are made by S3's own requests: a folder is not enough.
put() {
    local path=$1 body=$2
    shift 2
    curl --disable --silent --show-error --fail --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 \
        --user "$S3_ACCESS_KEY:$S3_SECRET_KEY" -X PUT -H 'content-type: application/xml' \
        -H "x-amz-content-sha256: $(printf %s "$body" | sha256sum | cut -d' ' -f1)" "$@" \
        --data "$body" "$S3_ENDPOINT/$path" >/dev/null
}
put "$S3_LOCKED_BUCKET" '' -H 'x-amz-bucket-object-lock-enabled: true'
put "$S3_VERSIONED_BUCKET" ''
put "$S3_VERSIONED_BUCKET?versioning=" '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
"$@"
