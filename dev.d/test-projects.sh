# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test projects [TEXT…]
#:                       the test suites of projects from PyPI, plain and traced, into the table of
#:                       docs/real-projects.md (a quarter of an hour); with TEXT those that have it in their name, to
#:                       standard output only

verb() { # [TEXT…]
    local status=0 log=build/projects.log
    build_for_tests
    find_pythons >build/pythons.txt
    tests/projects/prepare "$@"
    build/tests/test_projects "$@" | tee "$log" || status=$?
    [ "$#" -gt 0 ] || { echo && grep '^|' "$log" && echo; } | write_section projects docs/real-projects.md
    rm -f "$log"
    return "$status"
}
