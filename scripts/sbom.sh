#!/usr/bin/env bash
# Lists what the extension is made of, as CycloneDX 1.5 in JSON: target/sbom/s3storage.cdx.json. Without what only builds and tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh
tool cargo-cyclonedx 0.5.9

mkdir -p target/sbom
# It writes beside the manifest.
cargo cyclonedx --format json --spec-version 1.5 --all --no-build-deps --features php,quiet \
    --manifest-path Cargo.toml --override-filename s3storage.cdx -q
for made in $(git ls-files --others --exclude-standard -- '*s3storage.cdx.json'); do
    [ "$made" = s3storage.cdx.json ] && mv "$made" target/sbom/ || rm "$made"
done
php -r '
    $sbom = json_decode(file_get_contents($argv[1]), true, flags: JSON_THROW_ON_ERROR);
    $without = array_filter($sbom["components"], fn ($component) => !isset($component["licenses"]));
    printf("sbom: %s: %d components, %d without a licence\n", $argv[1], count($sbom["components"]), count($without));
' target/sbom/s3storage.cdx.json
