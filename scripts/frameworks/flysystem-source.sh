#!/usr/bin/env bash
# Fetches Debian 13's source of Flysystem into .cache/, once: the packages have no tests.
. "$(dirname "$0")/../versions/common.sh"
folder=$cache/flysystem
[ -e "$folder/src/AdapterTestUtilities/FilesystemAdapterTestCase.php" ] && exit
echo "fetching Debian's source of Flysystem"
rm -rf "$folder" "$cache/flysystem-source"
mkdir "$folder" "$cache/flysystem-source"
cd "$cache/flysystem-source" || exit 1
sources_of "$suite"
quietly apt_source --download-only --only-source php-league-flysystem
tar --extract --directory "$folder" --strip-components 1 --file php-league-flysystem_*.orig.tar.xz
rm -rf "$cache/flysystem-source"
