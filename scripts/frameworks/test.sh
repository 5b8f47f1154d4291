#!/usr/bin/env bash
# Runs the suites of the adapters beside the frameworks that they are made for, as Debian 13 and Debian's unstable package them,
# each in a tree of its own in .cache/. The servers run outside of the trees. Needs root.
. "$(dirname "$0")/../versions/common.sh"
packages=(php-league-flysystem php-laravel-framework php-symfony-framework-bundle php-symfony-web-profiler-bundle php-symfony-messenger php-symfony-yaml)

# Debian's unstable has PHPUnit 13, and Flysystem's own test marks its tests in comments, which PHPUnit reads up to 11.
phpunit_of_debian_13() {
    echo "deb $(debian_mirror) trixie main" | as_root tee "$tree/etc/apt/sources.list.d/trixie.list" >/dev/null
    printf '%s\n' 'Package: *' 'Pin: release n=trixie' 'Pin-Priority: 100' '' \
        'Package: phpunit phpunit-* php-codecoverage php-deepcopy php-file-iterator php-invoker php-phar-io-* php-staabm-* php-text-template php-timer php-tokenizer' \
        'Pin: release n=trixie' 'Pin-Priority: 1001' |
        as_root tee "$tree/etc/apt/preferences.d/phpunit" >/dev/null
}

use_tree trixie
make_tree
install_in_tree "${for_suites[@]}" "${for_build[@]}" "${packages[@]}"
use_tree sid
make_tree
phpunit_of_debian_13
install_in_tree "${for_suites[@]}" "${packages[@]}" php-revolt-event-loop
scripts/frameworks/flysystem-source.sh || exit 1

forget_credentials
serve
cargo_target php84
export PHP=/usr/bin/php8.4 PHP_CONFIG=/usr/bin/php-config8.4
use_tree trixie
heading "The extension for PHP 8.4"
in_tree cargo build --profile ci --lib || fail "the extension does not build for PHP 8.4"

# counted COMMAND…: runs it, and adds what its closing line tells.
counted() {
    local log p f s
    log=$(mktemp)
    "$@" 2>&1 | tee "$log"
    read -r p f s <<<"$(awk 'END {print $1 + 0, $3 + 0, $5 + 0}' "$log")"
    # Suites that did not come to their closing line have failed.
    tail -1 "$log" | grep -Eq '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' || f=1
    add "$p" "$f" "$s"
    rm -f "$log"
}

for release in trixie sid; do
    use_tree "$release"
    heading "Debian's $release"
    counted in_tree scripts/frameworks/suites-here.sh
    heading "Applications against MinIO, on Debian's $release"
    if [ -n "${MINIO:-}" ] || command -v go >/dev/null; then
        counted scripts/with-minio.sh scripts/frameworks/applications.sh "$release"
    else
        echo "skipped: MinIO is built with Go (https://go.dev/dl), or named by the variable MINIO"
        add 0 0 1
    fi
done
heading "Both together"
closing_line
