#!/usr/bin/env bash
# Builds a PHP with threads in .cache/ from Debian's source package, once: its command line and libphp.so, for embedding.
. "$(dirname "$0")/common.sh"
configure=(--enable-zts --enable-zend-max-execution-timers --disable-zend-signals --enable-embed=shared --disable-cgi --disable-phpdbg
    --disable-all --enable-ctype --enable-filter --enable-mbstring --disable-mbregex --enable-pcntl --enable-posix --enable-sockets
    --enable-tokenizer --with-libxml --enable-dom --enable-simplexml --enable-xml --enable-xmlwriter --with-zlib)
[ "$(cat "$zts/.configured" 2>/dev/null)" = "${configure[*]}" ] && exit

install build-essential pkg-config libxml2-dev zlib1g-dev
source=$cache/php-source
rm -rf "$source"
mkdir "$source"
cd "$source" || exit 1
sources_of "$suite" bookworm
echo "fetching Debian's source of PHP"
# There are mirrors whose index is ahead of what they have.
apt_source --download-only --only-source php8.4 >"$cache/apt/log" 2>&1 || {
    echo "the mirror has no source of PHP 8.4; taking 8.2"
    quietly apt_source --download-only --only-source php8.2
}
tar --extract --strip-components 1 --file php8.*.orig.tar.xz
echo "building PHP with threads (once, some minutes)"
quietly ./configure --prefix="$zts" "${configure[@]}"
quietly make -j"$(nproc)"
quietly make install
echo "${configure[*]}" >"$zts/.configured"
rm -rf "$source"
