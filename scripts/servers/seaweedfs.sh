#!/usr/bin/env bash
# SeaweedFS: master, volume, filer and S3 gateway in one process, built once with Go.
name=seaweedfs title=SeaweedFS provider=generic
module=v0.0.0-20261109003541-7506e5f91cd6
. "$(dirname "$0")/common.sh"
folder_of_program=$cache/seaweedfs-$module

# Its go.mod replaces a module, which `go install` refuses: built from a main module of ours, with the same replacement.
build() {
    command -v go >/dev/null || fail "Go is missing (https://go.dev/dl)"
    say "building $module (once, some minutes)"
    local package=github.com/seaweedfs/seaweedfs
    (
        cd "$1" && go mod init s3storage.test/seaweedfs &&
            go mod edit -require "$package@$module" -replace github.com/tyler-smith/go-bip39=github.com/cosmos/go-bip39@v1.0.0 &&
            go build -mod=mod -o weed "$package/weed"
    )
}

install() { once "$folder_of_program" build; }

version() { echo "of 2026-11-09"; }

launch() {
    local master volume filer s3 grpc=() part
    master=$(free_port) volume=$(free_port) filer=$(free_port) s3=$(free_port)
    for part in master volume filer s3; do grpc+=("-$part.port.grpc=$(free_port)"); done
    S3_ENDPOINT=http://127.0.0.1:$s3
    cat >"$folder/s3.json" <<JSON
{"identities": [{"name": "test", "credentials": [{"accessKey": "$S3_ACCESS_KEY", "secretKey": "$S3_SECRET_KEY"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON
    background "$folder_of_program/weed" server -ip=127.0.0.1 -ip.bind=127.0.0.1 -dir="$folder/data" -master.volumeSizeLimitMB=64 \
        -volume.max=200 -master.port="$master" -volume.port="$volume" -filer -filer.port="$filer" \
        -s3 -s3.port="$s3" -s3.config="$folder/s3.json" "${grpc[@]}"
}

main "$@"
