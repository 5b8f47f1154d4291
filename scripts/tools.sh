# Sourced: `tool NAME VERSION [OPTION…]` installs a program of crates.io into .cache/tools once, and puts it on the PATH. Its dependencies are those
# of its own lock file. cargo-fuzz takes a minute of two cores, cargo-deny many.
tools=${S3STORAGE_TOOLS:-$PWD/.cache/tools}
PATH=$tools/bin:$PATH

tool() {
    local name=$1 version=$2 log
    shift 2
    grep -qs "\"$name $version " "$tools/.crates2.json" && return
    echo "setup: building $name $version, once, which takes some minutes"
    log=$(mktemp)
    if ! cargo install "$name" --version "$version" --locked --root "$tools" --target-dir "$tools/target" "$@" >"$log" 2>&1; then
        tail -20 "$log" >&2
        echo "setup: $name $version could not be built; the last words are above" >&2
        return 1
    fi
    rm -rf "$log" "$tools/target"
}
