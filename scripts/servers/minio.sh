#!/usr/bin/env bash
# MinIO, built once with Go's own `go install`, or taken from $MINIO.
name=minio title=MinIO provider=minio
module=v0.0.0-20260212201848-7aac2a2c5b7c
. "$(dirname "$0")/common.sh"
program=${MINIO:-$cache/minio-$module/minio}

install() { [ -x "$program" ] || once "$(dirname "$program")" go_install "github.com/minio/minio@$module"; }

version() { echo "of 2026-02-12"; }

launch() {
    local port
    port=$(free_port)
    S3_ENDPOINT=http://127.0.0.1:$port
    # With a key of its own, MinIO encrypts what it is asked to encrypt.
    MINIO_ROOT_USER=$S3_ACCESS_KEY MINIO_ROOT_PASSWORD=$S3_SECRET_KEY MINIO_UPDATE=off \
        MINIO_KMS_SECRET_KEY=minio-key:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
        background "$program" server --quiet --address "127.0.0.1:$port" --console-address 127.0.0.1:0 "$folder/data"
}

main "$@"
