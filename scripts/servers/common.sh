# Sourced at the end of each script of this folder, which is a server of its own. Such a script sets
#   name, title, provider   what it is called by programs and by people, and its profile in a configuration
#   install                 puts the server into $cache, once; nothing to do where it is there
#   version                 prints what was installed
#   launch                  starts it: data below $folder, on `$(free_port)`, processes by `background`; sets S3_ENDPOINT
# and, where they are not as usual, S3_ACCESS_KEY, S3_SECRET_KEY, and `buckets`, which makes the buckets.
# What a person calls:
#   SCRIPT install          once; the other commands do it, too
#   SCRIPT program          prints where the server's program is, which is installed for that, for those servers that are one
#   SCRIPT start FOLDER     starts a server whose data, log and process ids are below FOLDER, and prints its variables when it is ready
#   SCRIPT stop FOLDER      stops it; what is in FOLDER stays
#   SCRIPT with COMMAND …   runs a command beside a server that ends with it, with the variables in its environment
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${S3STORAGE_CACHE:-$root/.cache}
# How long a server may take until it makes a bucket, in seconds.
patience=${S3STORAGE_PATIENCE:-60}

say() { echo "$name: $*" >&2; }
fail() { say "$*"; exit 1; }

free_port() { php -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo substr(strrchr(stream_socket_get_name($s, false), ":"), 1);'; }

# background COMMAND …: a process of the server. It outlives this script, not `stop`.
background() {
    setsid "$@" >>"$folder/log" 2>&1 </dev/null &
    echo $! >>"$folder/pids"
    disown
}

# once FOLDER COMMAND …: runs a command that fills FOLDER.part, which is FOLDER when it is whole.
once() {
    local into=$1
    shift
    [ -d "$into" ] && return
    rm -rf "$into.part"
    mkdir -p "$into.part"
    "$@" "$into.part" >&2 || fail "it could not be installed"
    mv "$into.part" "$into"
}

# go_install MODULE@VERSION INTO
go_install() {
    command -v go >/dev/null || fail "Go is missing (https://go.dev/dl)"
    say "building $1 (once, some minutes)"
    GOBIN=$2 go install "$1"
}

# signed PATH BODY [OPTION…]: a PUT, as S3 signs it.
signed() {
    local path=$1 body=$2
    shift 2
    curl --disable --silent --show-error --fail --max-time 20 --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 \
        --user "$S3_ACCESS_KEY:$S3_SECRET_KEY" -X PUT -H 'content-type: application/xml' \
        -H "x-amz-content-sha256: $(printf %s "$body" | sha256sum | cut -d' ' -f1)" "$@" \
        --data "$body" "$S3_ENDPOINT/$path" >>"$folder/log" 2>&1
}

# A bucket as any other, one with versions, and one whose versions can be locked. What a server does not have it says by a refusal.
buckets() {
    if signed versioned-bucket '' &&
        signed 'versioned-bucket?versioning=' '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'; then
        S3_VERSIONED_BUCKET=versioned-bucket
    fi
    if signed locked-bucket '' -H 'x-amz-bucket-object-lock-enabled: true'; then
        S3_LOCKED_BUCKET=locked-bucket
    fi
}

is_alive() {
    local pid
    while read -r pid; do
        kill -0 "$pid" 2>/dev/null || return 1
    done <"$folder/pids"
}

start() {
    install
    folder=$1
    mkdir -p "$folder/data"
    folder=$(realpath "$folder")
    : >"$folder/pids"
    : >"$folder/log"
    unset S3_VERSIONED_BUCKET S3_LOCKED_BUCKET
    S3_ACCESS_KEY=${name}-key S3_SECRET_KEY=${name}-secret S3_BUCKET=demo-bucket
    launch
    local deadline=$((SECONDS + patience))
    until signed "$S3_BUCKET" ''; do
        if ! is_alive || [ $SECONDS -ge $deadline ]; then
            tail -30 "$folder/log" >&2
            stop "$folder"
            fail "it did not start"
        fi
        sleep 0.2
    done
    buckets
    S3_SERVER=$name S3_PROVIDER=$provider S3_SERVER_VERSION=$(version)
    local variable
    for variable in S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET S3_VERSIONED_BUCKET S3_LOCKED_BUCKET S3_SERVER S3_PROVIDER S3_SERVER_VERSION; do
        [ -z "${!variable:-}" ] || printf 'export %s=%q\n' "$variable" "${!variable}"
    done >"$folder/environment"
}

stop() {
    [ -f "$1/pids" ] || return 0
    local pid
    tac "$1/pids" | while read -r pid; do
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -f "$1/pids"
}

with() {
    local data
    data=$(mktemp -d)
    trap 'stop "'"$data"'"; rm -rf "'"$data"'"' EXIT
    start "$data"
    # shellcheck disable=SC1091
    . "$data/environment"
    "$@"
}

main() {
    local command=${1:-}
    [ $# -eq 0 ] || shift
    case $command in
        install) install ;;
        version) install && version ;;
        program) install && echo "${program:?it has none}" ;;
        start) start "${1:?start: which folder?}" && cat "$folder/environment" ;;
        stop) stop "${1:?stop: which folder?}" ;;
        with) [ $# -gt 0 ] || fail "with: which command?"; with "$@" ;;
        *) sed -n '/^# What a person calls/,/^set /p' "${BASH_SOURCE[0]}" | grep '^#' >&2; exit 2 ;;
    esac
}
