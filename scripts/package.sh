#!/usr/bin/env bash
# Packs the release build for the PHP that runs (PHP=… another one), under the name that PIE looks for, into target/package/, with a checksum.
#   scripts/package.sh
# The same files give the same bytes: names are sorted, times are SOURCE_DATE_EPOCH or the commit's, there is no owner.
set -euo pipefail
cd "$(dirname "$0")/.."
php=${PHP:-php}
so=${CARGO_TARGET_DIR:-target}/release/libs3storage.so
fail() { echo "package: $*" >&2; exit 1; }

version=$(awk -F'"' '/^version/ {print $2; exit}' Cargo.toml)
[ -f "$so" ] || fail "$so is not there: scripts/build.sh release"
# An archive whose library does not load under the name that it gets helps nobody.
loaded=$("$php" -n -d extension="$(realpath "$so")" -r 'echo phpversion("s3storage");' 2>&1) || true
[ "$loaded" = "$version" ] || fail "$php does not load $so as s3storage $version: $loaded"

# What PIE takes from PHP and the machine: PrePackagedBinaryAssetName and Architecture of php/pie 1.4 and newer. All in lower case. The version is the
# very name of the release's tag, so tags are called 0.1.0, not v0.1.0.
read -r php_version ts debug arch os <<<"$("$php" -n -r '
    $arch = ["aarch64" => "arm64", "amd64" => "x86_64", "i686" => "x86", "i386" => "x86"];
    echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION, PHP_ZTS ? " zts" : " nts", PHP_DEBUG ? " -debug" : " -",
        " ", $arch[php_uname("m")] ?? php_uname("m"), " ", PHP_OS_FAMILY;')"
libc=glibc
[ -z "$(objdump -p "$so" | sed -n '/NEEDED.*musl/p')" ] || libc=musl
name=$(tr '[:upper:]' '[:lower:]' <<<"php_s3storage-${version}_php$php_version-$arch-$os-$libc${debug%-}-$ts.tgz")
# The newest symbol of the C library that the extension asks for.
floor=$(objdump -T "$so" | sed -n 's/.*(GLIBC_\([0-9.]*\)).*/glibc \1/p' | sort -uV | tail -1)
floor=${floor:-musl}

into=target/package
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp "$so" "$stage/s3storage.so"
cp LICENSE pie/s3storage.ini "$stage/"
sed -e "s/@VERSION@/$version/g; s/@PHP@/$php_version/g; s/@TS@/$ts/g; s/@ARCH@/$arch/g; s/@OS@/$os/g; s/@LIBC@/$libc/g; s/@NAME@/$name/g; s/@FLOOR@/$floor/g" \
    scripts/packages/README.md >"$stage/README.md"
"$php" scripts/packages/licences.php >"$stage/THIRD-PARTY-LICENSES"
# The bill of materials, where `make sbom` has written one of these very dependencies. Its number and time change with every run, and say nothing.
sbom=target/sbom/s3storage.cdx.json
if [ -f "$sbom" ] && [ ! Cargo.lock -nt "$sbom" ]; then
    "$php" -r '
        $sbom = json_decode(file_get_contents($argv[1]), flags: JSON_THROW_ON_ERROR);
        unset($sbom->serialNumber, $sbom->metadata->timestamp);
        $text = json_encode($sbom, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
        echo str_replace("path+file://" . getcwd(), "path+file://s3storage", $text), "\n";' "$sbom" >"$stage/s3storage.cdx.json"
fi

mkdir -p "$into"
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}
(cd "$stage" && ls | LC_ALL=C sort | tar --create --files-from=- --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=u=rw,go=r) |
    gzip -9n >"$into/$name.new"
mv "$into/$name.new" "$into/$name"
(cd "$into" && sha256sum "$name" >"$name.sha256")

echo "package: $into/$name ($(($(stat -c %s "$into/$name") / 1024)) KiB), of $(ls "$stage" | tr '\n' ' ')"
echo "package: $into/$name.sha256"
echo "package: it needs $floor or newer, and PHP $php_version ($ts)"
[ -f "$stage/s3storage.cdx.json" ] || echo "package: without a bill of materials; make sbom writes one, which takes minutes the first time"
