#!/usr/bin/env bash
# Shows a large file going up, copied on the server, and down again, byte-compared, in little memory. Needs three times its size on
# the server's disk and twice here; some minutes.
#   scripts/with-minio.sh scripts/big-files.sh [GIB]
set -euo pipefail
cd "$(dirname "$0")/.."
gib=${1:-6}
target=${CARGO_TARGET_DIR:-target}
extension=${S3STORAGE_EXTENSION:-$(realpath "$target/ci/libs3storage.so")}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Sparse: zeroes cost nothing here, and a mark every 64 MiB makes parts that are exchanged or missing show.
php -n -r '
    $file = fopen($argv[1], "w");
    ftruncate($file, $argv[2] << 30);
    for ($at = 0; $at < $argv[2] << 30; $at += 64 << 20) {
        fseek($file, $at);
        fwrite($file, hash("sha512", "mark $at"));
    }' "$folder/up" "$gib"

cat >"$folder/run.php" <<'PHP'
<?php
[, $folder] = $argv;
$server = ['endpoint' => getenv('S3_ENDPOINT'), 'provider' => getenv('S3_PROVIDER') ?: 'generic',
    'credentials' => ['key' => getenv('S3_ACCESS_KEY'), 'secret' => getenv('S3_SECRET_KEY')]];
$bucket = ['server' => 's', 'bucket' => getenv('S3_BUCKET'), 'prefix' => 'big-files/'];
$s3 = new S3Storage(['servers' => ['s' => $server], 'buckets' => ['b' => $bucket]]);
$steps = [
    'up' => fn () => $s3->uploadFile('file', "$folder/up"),
    'copy' => fn () => $s3->copy('file', 'copy'),
    'down' => fn () => $s3->downloadFile($s3->exists('copy') ? 'copy' : 'file', "$folder/down"),
    'delete' => fn () => $s3->deleteMany(['file', 'copy']),
];
$failed = false;
foreach ($steps as $name => $step) {
    $start = microtime(true);
    try {
        $step();
        $said = 'done';
    } catch (S3Storage\Exception\S3Exception $e) {
        [$failed, $said] = [true, $e->getMessage()];
    }
    preg_match('/^VmHWM:\s+(\d+) kB$/m', file_get_contents('/proc/self/status'), $match);
    printf("%-7s %6.1f s, peak memory so far %5.1f MB: %s\n", $name, microtime(true) - $start, $match[1] / 1000, $said);
    $failed = $failed || $match[1] > 100_000;
}
exit($failed ? 1 : 0);
PHP

status=0
php -n -d extension="$extension" "$folder/run.php" "$folder" || status=$?
if cmp "$folder/up" "$folder/down"; then
    echo "the $gib GiB that came down are those that went up"
else
    status=1
fi
exit "$status"
