#!/usr/bin/env bash
# applications.sh RELEASE: runs the applications of tests-php/applications/ in the tree of that release of Debian, against the server of S3_*.
. "$(dirname "$0")/../versions/common.sh"
use_tree "${1:?which release of Debian?}"
in_tree bash -c '. scripts/suites.sh
    run_phpunit php "$(command -v phpunit)" --testsuite applications
    closing_line'
