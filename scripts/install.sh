#!/usr/bin/env bash
# Installs the extension for one PHP, or takes it away. Both may be done twice.
#   scripts/install.sh [FILE]       FILE, or the release build, which is made where it is missing, old, or of another PHP
#   scripts/install.sh --uninstall
# PHP=php8.4 is another PHP than `php`; DESTDIR=/tmp/image a root to install below, for packages; EXTENSION_DIR=… and INI_DIR=… other folders
# than those that PHP knows.
set -euo pipefail
# Named from where the caller stands.
case ${1:-} in '' | --*) ;; *) set -- "$(realpath -m "$1")" ;; esac
cd "$(dirname "$0")/.."
php=${PHP:-php} destdir=${DESTDIR:-}
fail() { echo "install: $*" >&2; exit 1; }

command -v "$php" >/dev/null || fail "there is no $php on the PATH. Install the command line of PHP (Debian: php-cli), or name another one: PHP=/path/to/php"
# What PHP says, whatever its ini files bring.
tell() { "$php" -d display_errors=0 -d display_startup_errors=0 -d log_errors=0 -r "$1"; }
version=$(tell 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
own_extension_dir=$(tell '$of = ini_get("extension_dir"); echo str_starts_with($of, "/") ? $of : PHP_EXTENSION_DIR;')
extension_dir=${EXTENSION_DIR:-$own_extension_dir}
scanned=$(tell 'echo PHP_CONFIG_FILE_SCAN_DIR;')
# Debian keeps the ini files of all SAPIs in one place, and links them.
debian=
if [ -z "${INI_DIR:-}" ] && [[ $scanned == /etc/php/$version/*/conf.d ]] && [ -d "/etc/php/$version/mods-available" ]; then
    debian=yes
    INI_DIR=/etc/php/$version/mods-available
fi
# Empty where this PHP reads no folder of ini files.
ini_dir=${INI_DIR:-$scanned}
library=$destdir$extension_dir/s3storage.so
ini=${ini_dir:+$destdir$ini_dir/s3storage.ini}

# Says what is wrong before anything is changed.
writable() {
    local folder=$1
    while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
    [ -w "$folder" ] || fail "$folder cannot be written to; as root it can: sudo make $what"
}

# loads FILE: whether this PHP takes the library; its words are in $words.
loads() {
    words=$("$php" -n -d extension="$1" -r 'exit(extension_loaded("s3storage") ? 0 : 1);' 2>&1)
}

fresh() {
    [ -f "$1" ] && [ -z "$(find src build.rs Cargo.toml Cargo.lock -newer "$1" -print -quit)" ] && loads "$(realpath "$1")"
}

# put FILE DESTINATION: in one step, since a running PHP has the old file mapped.
put() {
    mkdir -p "$(dirname "$2")"
    install -m 644 "$1" "$2.new"
    mv -f "$2.new" "$2"
    echo "install: $2"
}

if [ "${1:-}" = --uninstall ]; then
    what=uninstall
    writable "$(dirname "$library")"
    if [ -n "$debian" ] && [ -z "$destdir" ] && [ -e "$ini" ]; then
        phpdismod -v "$version" s3storage
        echo "uninstall: phpdismod: off for every SAPI of PHP $version"
    fi
    removed=
    for file in "$ini" "$library"; do
        if [ -n "$file" ] && [ -e "$file" ]; then
            rm -f "$file"
            echo "uninstall: removed $file"
            removed=yes
        fi
    done
    if [ -z "$removed" ]; then
        echo "uninstall: there is nothing of s3storage in $(dirname "$library")${ini_dir:+ and $destdir$ini_dir}"
        exit
    fi
    [ -n "$destdir" ] || echo "uninstall: servers that run keep it until they restart: systemctl restart php$version-fpm, or what yours is"
    exit
fi

what=install
writable "$(dirname "$library")"
[ -z "$ini" ] || writable "$(dirname "$ini")"
built=${1:-${CARGO_TARGET_DIR:-target}/release/libs3storage.so}
if [ -z "${1:-}" ] && ! fresh "$built"; then
    # Root has another PATH and another home, and its files in target/ would be in the way later.
    [ -z "${SUDO_USER:-}" ] || fail "$built is not there, or is older than the sources, or is of another PHP. As $SUDO_USER: make build. Then again: sudo make install"
    scripts/setup.sh
    scripts/build.sh release
fi
[ -f "$built" ] || fail "there is no file $built"
loads "$(realpath "$built")" || fail "PHP $version ($(command -v "$php")) does not load $built, so nothing was installed. It says:
$words"

put "$built" "$library"
if [ -z "$ini" ]; then
    echo "install: this PHP reads no folder of ini files; add this line to its php.ini: extension=s3storage"
    exit
fi
if [ -e "$ini" ]; then
    echo "install: $ini stays as it is: $(grep -m1 '^ *\(zend_\)\?extension' "$ini" || echo 'it loads nothing')"
else
    sample=$(mktemp)
    # PHP finds a bare name in its own folder only.
    if [ "$extension_dir" = "$own_extension_dir" ]; then
        cat pie/s3storage.ini
    else
        LOADS="extension=\"$extension_dir/s3storage.so\"" awk '/^extension=/ {print ENVIRON["LOADS"]; next} {print}' pie/s3storage.ini
    fi >"$sample"
    put "$sample" "$ini"
    rm -f "$sample"
fi
if [ -n "$destdir" ]; then
    [ -z "$debian" ] || echo "install: where it is unpacked, phpenmod -v $version s3storage turns it on"
    exit
fi
if [ -n "$debian" ]; then
    phpenmod -v "$version" s3storage
    echo "install: phpenmod: on for every SAPI of PHP $version"
fi

# With the ini files of this PHP, as an application has it.
if words=$("$php" -d display_startup_errors=1 -r 'echo "\n", phpversion("s3storage") ?: "none";' 2>&1) && [ "${words##*$'\n'}" != none ]; then
    [[ $words != *arning* ]] || echo "install: PHP says as it starts (php --ini lists what it reads): $(sed '$d' <<<"$words" | sed '/^$/d')" >&2
    echo "install: PHP $version has s3storage ${words##*$'\n'}. To see it: $php --ri s3storage"
    echo "install: servers that run have it when they restart: systemctl restart php$version-fpm, or what yours is"
elif [ "$ini_dir" != "$scanned" ] && [ -z "$debian" ]; then
    echo "install: PHP does not read $ini_dir by itself; PHP_INI_SCAN_DIR=:$ini_dir adds it"
else
    fail "it is installed, but PHP $version does not load it:
$words"
fi
