#!/usr/bin/env bash
# moto, the double of AWS that Python programs are tested with: its server mode, installed once from PyPI in a virtual environment.
name=moto title=moto provider=generic
release=5.2.5
. "$(dirname "$0")/common.sh"
python=$cache/moto-$release

into_environment() {
    # Its programs name the folder that they were installed in, which is another one later: `python -c` it is.
    python3 -m venv "$1" && "$1/bin/python" -m pip install --quiet --disable-pip-version-check "moto[s3,server]==$release"
}

install() { once "$python" into_environment; }

version() { echo "$release"; }

launch() {
    local port
    port=$(free_port)
    S3_ENDPOINT=http://127.0.0.1:$port
    background "$python/bin/python" -c 'from moto.server import main; main()' -H 127.0.0.1 -p "$port"
}

main "$@"
