# Sourced by the scripts of this folder: what they share. They work in the project's folder and keep what they make in .cache/.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
cache=$root/.cache
mkdir -p "$cache"
. scripts/suites.sh

zts=$cache/php-zts

# use_tree SUITE: from here on it is the tree of that release of Debian.
use_tree() { suite=$1 tree=$cache/debian-$1; }
# use_clean_tree SUITE: another one of that release, in which nobody builds anything.
use_clean_tree() { suite=$1 tree=$cache/clean-$1; }
# The one whose PHP is 8.4.
use_tree trixie
# What the suites of tests-php/ need there, and what a build of the extension needs.
for_suites=(php8.4-cli php8.4-curl php8.4-xml php8.4-mbstring phpunit php-symfony-console curl openssl strace)
for_build=(php8.4-dev gcc libc6-dev libclang1-19 libclang-common-19-dev)

fail() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }

# Runs a command whose words matter only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        tail -40 "$log" >&2
        rm -f "$log"
        fail "this failed, with the words above: $*"
    fi
    rm -f "$log"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || fail "root is needed for: $*"
        sudo "$@"
    fi
}

# install PACKAGE…: those that are missing, through apt.
install() {
    local package missing=()
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing through apt: ${missing[*]}"
    quietly as_root apt-get update
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# The mirror that apt takes Debian from on this machine; DEBIAN_MIRROR names another one.
debian_mirror() {
    local mirror=${DEBIAN_MIRROR:-}
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /-/ {print $3; exit}')
    [ -n "$mirror" ] || fail "apt has no Debian mirror among its sources here; name one in DEBIAN_MIRROR"
    echo "$mirror"
}

apt_of_sources() {
    apt-get -o Dir::Etc::SourceList="$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$cache/apt/lists" -o Dir::Cache="$cache/apt" -o APT::Sandbox::User="$(id -un)" "$@"
}

# sources_of SUITE…: from here on apt_source has the source packages of these releases. The list is one of its own: those of the machine
# stay as they are.
sources_of() {
    local release mirror
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
    mirror=$(debian_mirror)
    for release; do
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main"
    done >"$cache/apt/sources.list"
    quietly apt_of_sources update
}

apt_source() { apt_of_sources source "$@"; }

# Makes the tree, once: a Debian with nothing in it.
make_tree() {
    [ ! -e "$tree/.base" ] || return 0
    install debootstrap
    [ ! -d "$tree" ] || as_root rm -rf --one-file-system "$tree"
    echo "making a tree of Debian $suite (once, some minutes)"
    quietly as_root debootstrap --variant=minbase "$suite" "$tree" "$(debian_mirror)"
    echo '127.0.0.1 localhost' | as_root tee "$tree/etc/hosts" >/dev/null
    as_root touch "$tree/.base"
}

# install_in_tree PACKAGE…: those that are missing there.
install_in_tree() {
    local package missing=()
    for package; do
        [ "$(dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing in the tree of Debian $suite: ${missing[*]}"
    # Mounts end with the name space that they are made in.
    quietly as_root unshare --mount --propagation private bash -c '
        set -e
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        export DEBIAN_FRONTEND=noninteractive
        # A mirror may lag behind: who signed its lists is checked, not when.
        chroot "$1" apt-get -o Acquire::Check-Valid-Until=false update
        chroot "$1" apt-get install -y --no-install-recommends "${@:2}"
        chroot "$1" apt-get clean' install_in_tree "$tree" "${missing[@]}"
}

# in_tree COMMAND…: runs a command in the tree of Debian, in the project's folder and as who calls it. The mounts end with it.
in_tree() {
    local names=(S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET S3_VERSIONED_BUCKET S3_LOCKED_BUCKET S3_SERVER S3_PROVIDER S3STORAGE_EXTENSION S3STORAGE_DEV_SERVER
        AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE CARGO_TARGET_DIR PHP PHP_CONFIG SOURCE_DATE_EPOCH)
    local rust registry name variables=()
    rust=$(rustc --print sysroot)
    registry=${CARGO_HOME:-$HOME/.cargo}
    for name in "${names[@]}"; do variables+=(${!name:+"$name=${!name}"}); done
    as_root unshare --mount --propagation private bash -c '
        set -e
        tree=$1 root=$2 who=$3 rust=$4 registry=$5
        shift 5
        mount -t proc proc "$tree/proc"
        mount --rbind /dev "$tree/dev"
        for folder in "$root" "$rust" "$registry"; do
            mkdir -p "$tree$folder"
            mount --bind "$folder" "$tree$folder"
        done
        exec chroot --userspec="$who" "$tree" env -i --chdir="$root" HOME=/tmp LANG=C.UTF-8 CARGO_HOME="$registry" \
            PATH="$rust/bin:/usr/local/bin:/usr/bin:/bin" "$@"' \
        in_tree "$tree" "$root" "$(id -u):$(id -g)" "$rust" "$registry" "${variables[@]}" "$@"
}

# cargo_target NAME [PROFILE]: a folder for what cargo builds for one PHP. What does not depend on PHP is taken over from target/PROFILE (ci), which
# saves most of a cold build.
cargo_target() {
    local profile=${2:-ci}
    export CARGO_TARGET_DIR=$root/target/$1
    if [ ! -d "$CARGO_TARGET_DIR/$profile" ] && [ -d "$root/target/$profile" ]; then
        mkdir -p "$CARGO_TARGET_DIR"
        cp -a --reflink=auto "$root/target/$profile" "$CARGO_TARGET_DIR/$profile.new"
        mv "$CARGO_TARGET_DIR/$profile.new" "$CARGO_TARGET_DIR/$profile"
    fi
    export S3STORAGE_EXTENSION=$CARGO_TARGET_DIR/$profile/libs3storage.so
}

# From here on it is the PHP with threads, and the extension built for it.
use_zts() {
    scripts/versions/zts.sh || exit 1
    cargo_target zts
    export PHP=$zts/bin/php PHP_CONFIG=$zts/bin/php-config
    heading "The extension for a PHP with threads"
    cargo build --profile ci --lib --example dev_server || fail "the extension does not build for a PHP with threads"
}

# A server: that of S3_*, or the embedded one, built for this machine's own PHP like everything that `make test` builds.
serve() {
    quietly env -u PHP -u PHP_CONFIG -u CARGO_TARGET_DIR scripts/build.sh ci
    export S3STORAGE_DEV_SERVER=$root/target/ci/examples/dev_server
    . scripts/server.sh
    [ -n "${S3_ENDPOINT:-}" ] || start_server "$S3STORAGE_DEV_SERVER" "$@"
}

# The tests decide what credentials there are.
forget_credentials() {
    local name
    for name in $(env | awk -F= '/^AWS_/ {print $1}'); do unset "$name"; done
    export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent/config AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials
}
