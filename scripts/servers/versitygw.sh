#!/usr/bin/env bash
# Versity's S3 gateway over a folder, built once with Go's own `go install`.
name=versitygw title="Versity S3 Gateway" provider=generic
module=v1.8.0
. "$(dirname "$0")/common.sh"
program=$cache/versitygw-$module/versitygw

install() { once "$(dirname "$program")" go_install "github.com/versity/versitygw/cmd/versitygw@$module"; }

version() { echo "${module#v}"; }

launch() {
    local port
    port=$(free_port)
    S3_ENDPOINT=http://127.0.0.1:$port
    mkdir -p "$folder/data/buckets" "$folder/data/versions" "$folder/data/accounts"
    background "$program" --access "$S3_ACCESS_KEY" --secret "$S3_SECRET_KEY" --port "127.0.0.1:$port" \
        --iam-dir "$folder/data/accounts" posix --versioning-dir "$folder/data/versions" "$folder/data/buckets"
}

main "$@"
