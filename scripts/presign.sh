#!/usr/bin/env bash
# Compares presigned URLs and forms of the extension with botocore's, and closes with `N of N equal` and
# `N of N policies equal`.
#   scripts/presign.sh EXTENSION [URLS [FORMS]]
# botocore is installed once into .cache/, from PyPI, with pip, in a virtual environment.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
extension=$(realpath "$1")
count=${2:-200} forms=${3:-100}
tests=$root/tests-php/presign
python=$root/.cache/python-$(sha256sum "$tests/requirements.txt" | cut -c1-12)

if [ ! -d "$python" ]; then
    # Under another name until it is whole: an installation that broke off is not taken for one.
    rm -rf "$python.part"
    python3 -m venv "$python.part"
    "$python.part/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$tests/requirements.txt"
    mv "$python.part" "$python"
fi
# No .ini files: nothing but the extension is needed, and nothing of this machine shall matter.
php -n -d extension="$extension" "$tests/emit.php" "$count" "$forms" |
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null "$python/bin/python" -B "$tests/check.py"
