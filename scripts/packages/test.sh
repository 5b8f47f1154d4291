#!/usr/bin/env bash
# Tests what is published: the manifests, an application of Composer's, `phpize && ./configure && make`, and the archives for the PHP that runs and for
# Debian 13's PHP 8.4, each in a tree of Debian that has PHP's command line and nothing else. Needs root, for chroot and mounts.
#   scripts/packages/test.sh [composer|phpize|archive|archive84]…    all of them unless some are named
. "$(dirname "$0")/../versions/common.sh"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(composer phpize archive archive84)
forget_credentials
version=$(awk -F'"' '/^version/ {print $2; exit}' Cargo.toml)
# The newest C library that an archive may ask for, as docs/install.md says. Linked on a newer system than Debian 12 it asks for that system's.
newest_glibc=2.34
work=$(mktemp -d)

# it NAME COMMAND…: one test. What it says is shown if it fails.
it() {
    local name=$1
    shift
    if ("$@") >"$work/log" 2>&1; then
        add 1 0 0
        echo "  ok: $name"
    else
        add_failure "$name"
        echo "  FAILED: $name"
        tail -30 "$work/log" | sed 's/^/    | /'
    fi
}

# says WORDS COMMAND…: a command that must fail, and say so.
says() {
    local words=$1
    shift
    if "$@" >"$work/said" 2>&1; then cat "$work/said"; echo "this should fail: $*"; return 1; fi
    cat "$work/said"
    grep -qF "$words" "$work/said"
}

part_composer() {
    heading "The packages, as Composer sees them"
    use_tree sid
    make_tree
    install_in_tree composer
    it "the manifests are valid, strictly, with a Composer that knows extensions" in_tree scripts/packages/composer.sh validate
    it "an application takes the library and the stubs by path" env S3STORAGE_EXTENSION="$root/target/ci/libs3storage.so" scripts/packages/composer.sh application
}

# installed_below ROOT LIBRARY: and taken away again.
installed_below() {
    local files
    DESTDIR=$1 scripts/install.sh "$2" && files=$(cd "$1" && find . -type f | LC_ALL=C sort | tr '\n' ' ') && echo "$files" &&
        [[ $files == */s3storage.ini*/s3storage.so* ]] && ! php -m | grep -x s3storage &&
        DESTDIR=$1 scripts/install.sh --uninstall && [ -z "$(find "$1" -type f)" ]
}

configure() { cd pie && ./configure "$@"; }
# Cargo shares the places of `make -j`, and warns where it cannot.
made() {
    local status
    make -C pie -j2 PROFILE=ci >"$work/made" 2>&1
    status=$?
    cat "$work/made"
    [ "$status" -eq 0 ] && ! grep -i jobserver "$work/made"
}
# In the profile that tests use: what differs is how cargo is asked, and that is build.sh's.
part_phpize() {
    heading "From source, as PIE does it"
    local old=$work/old
    cargo_target phpize
    mkdir "$old"
    printf '#!/bin/sh\necho "rustc 1.63.0 (4b91a6ea7 2022-08-08)"\n' >"$old/rustc"
    printf '#!/bin/sh\necho "cargo 1.63.0"\n' >"$old/cargo"
    chmod +x "$old"/*
    it "phpize" bash -c 'cd pie && phpize'
    it "configure without cargo says what to do" says "Install it with rustup" env -u CARGO_HOME HOME=/nonexistent PATH=/usr/bin:/bin bash -c 'cd pie && ./configure'
    it "configure with an old Rust says which is needed" says "is too old; $(awk -F'"' '/^rust-version/ {print $2}' Cargo.toml) or newer" \
        env PATH=/usr/bin:/bin bash -c "cd pie && ./configure --with-cargo=$old/cargo"
    it "configure with a path that is no program says so" says "takes the path of cargo itself" configure --with-cargo=/nonexistent/cargo
    it "configure" configure --with-cargo="$(command -v cargo)"
    it "make, with several jobs" made
    it "make test" env NO_INTERACTION=1 make -C pie PROFILE=ci test
    it "make install" make -C pie PROFILE=ci install INSTALL_ROOT="$work/root"
    it "what is installed loads" php -n -d extension="$work/root$(php-config --extension-dir)/s3storage.so" -r 'exit(extension_loaded("s3storage") ? 0 : 1);'
    it "make install below a root writes two files and turns nothing on" installed_below "$work/image" "$work/root$(php-config --extension-dir)/s3storage.so"
    it "phpize --clean leaves nothing that git sees" bash -c 'cd pie && phpize --clean && [ -z "$(git status --porcelain . | grep "^??")" ]'
    unset CARGO_TARGET_DIR S3STORAGE_EXTENSION
}

# in_clean COMMAND…: runs a command in the clean tree, as root, with nothing of this machine but its network.
in_clean() {
    as_root unshare --mount --propagation private bash -c '
        set -e
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$1" env -i --chdir=/tmp/package HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            S3_ENDPOINT="$2" S3_ACCESS_KEY="$3" S3_SECRET_KEY="$4" S3_BUCKET="$5" "${@:6}"' \
        in_clean "$tree" "$S3_ENDPOINT" "$S3_ACCESS_KEY" "$S3_SECRET_KEY" "$S3_BUCKET" "$@"
}

glibc_is_old_enough() {
    local floor
    floor=$(objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1 | cut -d_ -f2)
    echo "it asks for glibc $floor"
    [ "$(printf '%s\n' "$floor" "$newest_glibc" | sort -V | tail -1)" = "$newest_glibc" ]
}

# packed ARCHIVE PACK…
packed() {
    "${@:2}" && [ -f "$1" ] && (cd "$(dirname "$1")" && sha256sum -c "${1##*/}.sha256")
}

same_bytes() {
    cp "$1" "$work/first.tgz" && "${@:2}" && cmp "$work/first.tgz" "$1"
}

# try_archive PHP SUITE PACK…: the archive for that PHP in a clean tree; PACK is the command that packs it.
try_archive() {
    local php_version=$1 release=$2 name archive
    shift 2
    name=php_s3storage-${version}_php$php_version-$(uname -m | sed 's/aarch64/arm64/')-linux-glibc-nts.tgz
    archive=target/package/$name
    rm -f "$archive"
    it "it is packed under the name that PIE looks for" packed "$archive" "$@"
    [ -f "$archive" ] || return
    it "the same files give the same bytes" same_bytes "$archive" "$@"
    rm -rf "$work/unpacked"
    it "Composer's way of unpacking finds the library" php -r '(new PharData($argv[1]))->extractTo($argv[2]); exit(is_file("$argv[2]/s3storage.so") ? 0 : 1);' \
        "$archive" "$work/unpacked"
    if [ "$(printf '%s\n' "$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" 2.36 | sort -V | tail -1)" = 2.36 ]; then
        it "it asks for no newer C library than the documents say" glibc_is_old_enough "$work/unpacked/s3storage.so"
    else
        echo "  skipped: what C library it asks for; this system is newer than Debian 12, on which archives are built"
        add 0 0 1
    fi

    use_clean_tree "$release"
    make_tree
    install_in_tree "php$php_version-cli" ca-certificates
    as_root rm -rf "$tree/tmp/package"
    as_root mkdir -p "$tree/tmp/package/source/scripts" "$tree/tmp/package/source/pie"
    as_root cp "$archive" "$archive.sha256" scripts/packages/check.php "$tree/tmp/package/"
    as_root cp scripts/install.sh "$tree/tmp/package/source/scripts/"
    as_root cp pie/s3storage.ini "$tree/tmp/package/source/pie/"
    it "its checksum" in_clean sha256sum -c "$name.sha256"
    it "it is put where its README says" in_clean bash -ec 'mkdir -p unpacked && tar -xzf "$1" -C unpacked
        cp unpacked/s3storage.so "$(php -r "echo ini_get(\"extension_dir\");")/"
        cp unpacked/s3storage.ini "/etc/php/$2/mods-available/" && phpenmod s3storage' put "$name" "$php_version"
    it "php -m has it" in_clean bash -c 'php -m 2>&1 | tee /dev/stderr | grep -x s3storage'
    it "php --ri s3storage tells its version" in_clean bash -c 'php --ri s3storage | tee /dev/stderr | grep -F "Extension version => $1"' ri "$version"
    it "it stores and gives back: in memory, in a folder, on a server" in_clean php check.php "$version"
    it "it is taken away" in_clean bash -ec 'phpdismod s3storage; rm "/etc/php/$1/mods-available/s3storage.ini" "$(php -r "echo ini_get(\"extension_dir\");")/s3storage.so"' away "$php_version"

    it "make install's script does the same" in_clean bash -ec 'source/scripts/install.sh /tmp/package/unpacked/s3storage.so && php --ri s3storage >/dev/null && php check.php "$1"' install "$version"
    it "twice is as good as once" in_clean bash -ec 'source/scripts/install.sh /tmp/package/unpacked/s3storage.so && php --ri s3storage >/dev/null'
    it "what is no extension of this PHP is not installed" says "so nothing was installed" in_clean source/scripts/install.sh /tmp/package/check.php
    it "and uninstall leaves nothing" in_clean bash -ec 'source/scripts/install.sh --uninstall
        ! php -m 2>&1 | grep -i s3storage
        [ -z "$(find /etc/php /usr/lib/php -name "*s3storage*" | tee /dev/stderr)" ]'
    as_root rm -rf "$tree/tmp/package"
}

part_archive() {
    local own release
    own=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
    case $own in
        8.2) release=bookworm ;;
        8.4) release=trixie ;;
        *) heading "No release of Debian has PHP $own"; add 0 0 1; return ;;
    esac
    heading "The archive for PHP $own, in a clean Debian ($release)"
    scripts/build.sh release || fail "the extension does not build"
    try_archive "$own" "$release" scripts/package.sh
}

# Debian 13's PHP for a build on this machine. Built in its tree, the library would ask for Debian 13's glibc 2.39 (weak symbols of Rust's standard
# library, which the linker makes a need of the whole), and load neither on Debian 12 nor in images that are made of it.
lend_php84() {
    local folder=$cache/php84-headers root_does=
    [ "$(id -u)" -eq 0 ] || root_does=sudo
    mkdir -p "$folder"
    printf '#!/bin/sh\nexec %s chroot "%s" /usr/bin/php8.4 "$@"\n' "$root_does" "$tree" >"$folder/php"
    printf '#!/bin/sh\n%s chroot "%s" /usr/bin/php-config8.4 "$@" | sed "s|-I/|-I%s/|g"\n' "$root_does" "$tree" "$tree" >"$folder/php-config"
    chmod +x "$folder"/*
    php84=$folder/php php_config84=$folder/php-config
}

# There is no git in the tree. Not exported for all: cargo would build anew whatever has C in it.
pack84() {
    use_tree trixie && SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) PHP=/usr/bin/php8.4 PHP_CONFIG=/usr/bin/php-config8.4 in_tree scripts/package.sh
}
part_archive84() {
    heading "The archive for PHP 8.4, in a clean Debian 13"
    use_tree trixie
    make_tree
    install_in_tree php8.4-cli "${for_build[@]}"
    lend_php84
    cargo_target php84 release
    PHP=$php84 PHP_CONFIG=$php_config84 scripts/build.sh release || fail "the extension does not build for PHP 8.4"
    try_archive 8.4 trixie pack84
    unset CARGO_TARGET_DIR S3STORAGE_EXTENSION
}

serve
trap 'rm -rf "$work"; stop_server' EXIT
for part in "${parts[@]}"; do "part_$part"; done
heading "All of it"
closing_line
