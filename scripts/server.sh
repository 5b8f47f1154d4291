# Sourced: `start_server BINARY [OPTION…]` starts the embedded S3 server on a free port and sets S3_* for the programs that
# use it.
# It stops with this shell: its standard input is a pipe of ours.
start_server() {
    local binary=$1 fifo out
    shift
    S3_ACCESS_KEY=demo-key S3_SECRET_KEY=demo-secret S3_BUCKET=demo-bucket
    S3_VERSIONED_BUCKET=versioned-bucket S3_LOCKED_BUCKET=locked-bucket
    server_dir=$(mktemp -d)
    fifo=$server_dir/stdin out=$server_dir/stdout
    mkfifo "$fifo"
    "$binary" --port 0 --access-key "$S3_ACCESS_KEY" --secret-key "$S3_SECRET_KEY" --bucket "$S3_BUCKET" \
        --versioned-bucket "$S3_VERSIONED_BUCKET" --locked-bucket "$S3_LOCKED_BUCKET" \
        --stop-with-stdin "$@" <"$fifo" >"$out" 2>"$server_dir/stderr" &
    server_pid=$!
    exec {server_stdin}>"$fifo"
    trap stop_server EXIT
    for _ in $(seq 100); do
        S3_ENDPOINT=$(head -1 "$out")
        [ -n "$S3_ENDPOINT" ] && break
        kill -0 "$server_pid" 2>/dev/null || break
        sleep 0.1
    done
    if [ -z "$S3_ENDPOINT" ]; then
        cat "$server_dir/stderr" >&2
        echo "the embedded S3 server did not start" >&2
        exit 1
    fi
    export S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET S3_VERSIONED_BUCKET S3_LOCKED_BUCKET
}

stop_server() {
    exec {server_stdin}>&-
    wait "$server_pid" 2>/dev/null || true
    rm -rf "$server_dir"
}
