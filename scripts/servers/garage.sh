#!/usr/bin/env bash
# Garage, one node, built once with `cargo install`.
name=garage title=Garage provider=garage
release=2.5.0
. "$(dirname "$0")/common.sh"
program=$cache/garage-$release

# Not the fastest code: what is asked here is what it answers. A quick build matters more.
build() {
    command -v cargo >/dev/null || fail "Rust is missing (https://rustup.rs)"
    say "building Garage $release (once, many minutes)"
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 \
        CARGO_TARGET_DIR=$cache/garage-target cargo install --locked --quiet --root "$1" --no-default-features --features bundled-libs,sqlite \
        "garage@$release" && rm -rf "$cache/garage-target"
}

install() { once "$program" build; }

version() { echo "$release"; }

launch() {
    local s3 rpc
    s3=$(free_port) rpc=$(free_port)
    S3_ENDPOINT=http://127.0.0.1:$s3
    # Keys have a form of their own.
    S3_ACCESS_KEY=GK000000000000000000000001 S3_SECRET_KEY=$(printf '%064d' 1)
    cat >"$folder/garage.toml" <<TOML
metadata_dir = "$folder/data/meta"
data_dir = "$folder/data/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$rpc"
rpc_public_addr = "127.0.0.1:$rpc"
rpc_secret = "$(printf '%064d' 2)"

[s3_api]
s3_region = "us-east-1"
api_bind_addr = "127.0.0.1:$s3"
TOML
    # One node that knows the key from its start, which may make buckets.
    GARAGE_DEFAULT_ACCESS_KEY=$S3_ACCESS_KEY GARAGE_DEFAULT_SECRET_KEY=$S3_SECRET_KEY \
        background "$program/bin/garage" -c "$folder/garage.toml" server --single-node --default-access-key
}

main "$@"
