#!/usr/bin/env bash
# Checks what a build needs, and installs what is missing through apt. Elsewhere it lists what to install.
#   scripts/setup.sh          for building and the demo: PHP's command line and headers, libclang, a C compiler
#   scripts/setup.sh check    the same, and installs nothing: it says what is missing. pie/config.m4 asks for it
#   scripts/setup.sh package  for building and scripts/packages/test.sh: Composer
#   scripts/setup.sh test     also what the tests need: PHPUnit, curl and PHP's, Python with venv, strace, valgrind, Symfony Console, Flysystem
#   scripts/setup.sh fpm      for building and scripts/fpm.sh: php-fpm of PHP's version, nginx, PHP's curl
#   scripts/setup.sh ci       these but for check, and what else CI needs: PHP_CodeSniffer
set -euo pipefail
for_what=${1:-build}
# One of several PHPs; both must be of the same one.
php=${PHP:-php} php_config=${PHP_CONFIG:-php-config}

have() { command -v "$1" >/dev/null 2>&1; }
have_php_headers() { have "$php_config" && [ -f "$("$php_config" --include-dir)/main/php.h" ]; }
# bindgen loads libclang at build time; clang's own headers (stddef.h) come in a package of their own.
have_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] || {
        compgen -G '/usr/lib/llvm-*/lib/libclang[-.]*so*' >/dev/null &&
            compgen -G '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' >/dev/null
    } || { have clang && clang -print-resource-dir >/dev/null 2>&1; }
}

# With an older one the binding's generator writes code that may be wrong.
oldest_libclang=9
# The newest of Debian's; nothing where there is another layout.
libclang_version() { compgen -G '/usr/lib/llvm-*/lib/libclang[-.]*so*' | sed -n 's|^/usr/lib/llvm-\([0-9]*\)/.*|\1|p' | sort -n | tail -1; }

php_has() { have "$php" && "$php" -m | grep -ix "$1" >/dev/null; }
# php_finds FILE: a library, where distributions put it.
php_finds() { have "$php" && "$php" -r 'exit(stream_resolve_include_path($argv[1]) === false ? 1 : 0);' "$1"; }
have_symfony_console() { php_finds Symfony/Component/Console/autoload.php; }
have_async_aws() { php_finds AsyncAws/Core/autoload.php; }
# A file that versions 1 and 2 do not have.
have_flysystem() { php_finds League/Flysystem/ChecksumProvider.php; }
# A Python without ensurepip has the module venv, and fails only when it makes an environment.
have_venv() { have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null; }

# Rust first: what apt installs helps nobody who has no cargo.
oldest=$(awk -F'"' '/^rust-version/ {print $2}' Cargo.toml)
if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then
    echo "setup: cargo is not on the PATH; run: . \"\$HOME/.cargo/env\"" >&2
    exit 1
fi
if ! have cargo || ! have rustc; then
    echo "setup: Rust is missing, and $oldest or newer is needed. Install it with rustup (https://rustup.rs), then run the command again" >&2
    exit 1
fi
rust=$(rustc --version | awk '{print $2}')
if [ "$(printf '%s\n%s\n' "$oldest" "$rust" | sort -V | head -1)" != "$oldest" ]; then
    if have rustup; then
        echo "setup: Rust $rust is too old; $oldest or newer is needed: rustup update" >&2
    else
        echo "setup: Rust $rust ($(command -v rustc)) is too old; $oldest or newer is needed. Distributions lag behind: install it with rustup" \
            "(https://rustup.rs), see that ~/.cargo/bin comes first on the PATH, then run the command again" >&2
    fi
    exit 1
fi

libclang=$(libclang_version || true)
if [ -z "${LIBCLANG_PATH:-}" ] && [ -n "$libclang" ] && [ "$libclang" -lt "$oldest_libclang" ]; then
    echo "setup: libclang $libclang is too old; $oldest_libclang or newer is needed. Install one (libclang-dev), or set LIBCLANG_PATH to the folder of another one" >&2
    exit 1
fi

missing=()   # Debian packages
wanted=()    # the same in words
need() { missing+=("$1"); wanted+=("$2"); }

have "$php" || need php-cli "PHP 8.2 or newer, command line"
have_php_headers || need php-dev "PHP's development files (php-config and headers)"
have_libclang || need libclang-dev "libclang with its headers (bindgen reads PHP's headers with it)"
have cc || need build-essential "a C compiler"
case $for_what in
    test|ci|bench)
        have phpunit || need phpunit "PHPUnit 9.6 or newer"
        have curl || need curl "curl, the command (it uses presigned URLs)"
        php_has curl || need php-curl "PHP's curl extension (what the extension is measured beside)"
        have_venv || need python3-venv "Python 3 with venv (for botocore, whose presigned URLs ours are compared with)"
        have strace || need strace "strace (for what a process opens and starts)"
        have_symfony_console || need php-symfony-console "Symfony Console (for the program php/bin/s3storage)"
        have valgrind || need valgrind "valgrind (it counts instructions)"
        # Where the distribution has none it is taken from Debian 13, below. It and async-aws, which is measured, cannot be installed together there.
        if [ "$for_what" != bench ] && ! have_flysystem && { ! have apt-cache || apt-cache policy php-league-flysystem | grep -q 'Candidate: 3'; }; then
            need php-league-flysystem "Flysystem 3 (for the adapter in php/src/Flysystem/)"
        fi
        ;;
esac
case $for_what in
    fpm|ci)
        # Debian keeps both where only root's PATH looks.
        PATH=$PATH:/usr/sbin
        version=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;' 2>/dev/null || true)
        have "php-fpm$version" || need "php$version-fpm" "PHP's FPM of the same version as its command line"
        have nginx || need nginx-light "nginx"
        php_has curl || need php-curl "PHP's curl extension (it makes the requests)"
        ;;
esac
case $for_what in
    bench) have_async_aws || need php-async-aws-core "async-aws's core (measured beside the extension)" ;;
    ci) have phpcs || need php-codesniffer "PHP_CodeSniffer" ;;
esac
case $for_what in
    package|ci) have composer || need composer "Composer" ;;
esac

if [ "$for_what" = check ] && [ ${#missing[@]} -gt 0 ]; then
    echo "setup: a build needs what is not here:" >&2
    printf '  - %s\n' "${wanted[@]}" >&2
    if have apt-get; then echo "setup: on Debian and Ubuntu, as root: apt-get install ${missing[*]}" >&2; fi
    exit 1
fi

# apt_install OPTION… -- PACKAGE…
apt_install() {
    local options=() sudo='' log
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || { echo "setup: these packages are missing: $*. Install them as root: apt-get install $*" >&2; exit 1; }
        sudo=sudo
    fi
    echo "setup: installing through apt: $*"
    log=$(mktemp)
    if ! { $sudo apt-get "${options[@]}" update &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        echo "setup: apt could not install them; its last words are above" >&2
        exit 1
    fi
    rm -f "$log"
}

if [ ${#missing[@]} -gt 0 ]; then
    if have apt-get; then
        apt_install -- "${missing[@]}"
    else
        echo "setup: no apt-get here. Please install, then run the command again:" >&2
        printf '  - %s\n' "${wanted[@]}" >&2
        exit 1
    fi
fi

# Debian 12 has Flysystem 1. Two packages of Debian 13, which are PHP and nothing else, come alone: apt is shown that release for this
# one command, with a pin that lets nothing else in. The sources of the machine stay as they are.
# with_debian_13 COMMAND…: runs it with the options of apt in `debian_13`.
with_debian_13() {
    local apt mirror debian_13 keys=/usr/share/keyrings/debian-archive-keyring.gpg
    if [ ! -f "$keys" ]; then
        echo "setup: this distribution has no Flysystem 3; what needs it is left out"
        return
    fi
    apt=$(mktemp -d)
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    chmod -R a+rx "$apt"
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 !~ /-/ {print $3; exit}')
    echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} trixie main" >"$apt/sources.list"
    printf '%s\n' 'Package: *' 'Pin: release n=trixie' 'Pin-Priority: -1' '' \
        'Package: php-league-flysystem php-league-mime-type-detection' 'Pin: release n=trixie' 'Pin-Priority: 500' >"$apt/preferences"
    debian_13=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences="$apt/preferences"
        -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt")
    "$@"
    rm -rf "$apt"
}
install_flysystem() { apt_install "${debian_13[@]}" -- php-league-flysystem; }
# Beside async-aws they cannot be installed: they are unpacked, where benches/ looks for them.
unpack_flysystem() {
    local folder package
    folder=$(pwd)/.cache/flysystem-packages
    [ ! -d "$folder" ] || return 0
    echo "setup: unpacking Flysystem into .cache/"
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    if ! (cd "$folder.part" && apt-get "${debian_13[@]}" -qq update && apt-get "${debian_13[@]}" -qq -o APT::Sandbox::User="$(id -un)" download php-league-flysystem php-league-mime-type-detection); then
        echo "setup: apt could not download it; its rows of the benchmark will say that it is not installed"
        return
    fi
    for package in "$folder.part"/*.deb; do dpkg -x "$package" "$folder.part"; done
    mv "$folder.part" "$folder"
}
if have apt-get && have dpkg && ! have_flysystem; then
    case $for_what in
        test|ci) with_debian_13 install_flysystem ;;
        bench) with_debian_13 unpack_flysystem ;;
    esac
fi

"$php" -r 'exit(PHP_VERSION_ID >= 80200 ? 0 : 1);' || { echo "setup: PHP $("$php" -r 'echo PHP_VERSION;') is too old; 8.2 or newer is needed" >&2; exit 1; }
if [ "$("$php" -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')" != "$("$php_config" --version | cut -d. -f1,2)" ]; then
    echo "setup: $php is $("$php" -r 'echo PHP_VERSION;') but $php_config is of $("$php_config" --version); both must be of one version" >&2
    exit 1
fi
