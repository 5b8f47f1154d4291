#!/usr/bin/env bash
# Makes a tree of Debian 13 in .cache/ that has PHP 8.4 and what the build and the tests need, once.
. "$(dirname "$0")/common.sh"
packages=(php8.4-cli php8.4-dev php8.4-curl php8.4-xml php8.4-mbstring phpunit php-symfony-console
    gcc libc6-dev libclang1-19 libclang-common-19-dev curl openssl strace)
[ "$(cat "$tree/.packages" 2>/dev/null)" = "${packages[*]}" ] && exit

install debootstrap
if [ ! -e "$tree/.base" ]; then
    [ ! -d "$tree" ] || as_root rm -rf --one-file-system "$tree"
    echo "making a tree of Debian $suite (once, some minutes)"
    quietly as_root debootstrap --variant=minbase "$suite" "$tree" "$(debian_mirror)"
    as_root touch "$tree/.base"
fi
echo "installing PHP 8.4 in the tree"
# Mounts end with the name space that they are made in.
quietly as_root unshare --mount --propagation private bash -c '
    set -e
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    export DEBIAN_FRONTEND=noninteractive
    chroot "$1" apt-get update
    chroot "$1" apt-get install -y --no-install-recommends "${@:2}"
    chroot "$1" apt-get clean' tree "$tree" "${packages[@]}"
echo '127.0.0.1 localhost' | as_root tee "$tree/etc/hosts" >/dev/null
echo "${packages[*]}" | as_root tee "$tree/.packages" >/dev/null
