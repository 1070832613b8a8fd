# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: bench analyzer [EVENTS]
#:                       time reading beside babeltrace2, and put the table into docs/performance.md (half an hour;
#:                       EVENTS: only traces up to that length)

verb() { # [EVENTS]
    build_for_tests
    {
        printf "\nMade by \`./dev bench analyzer\` with %s, %s, %s.\n\n" "$(build/bin/scopetrace --version)" \
            "$(babeltrace2 --version | sed -n '1s/ ".*//p')" "$(machine)"
        build/tests/bench_analyzer docs/performance-growth.svg "$@"
        echo
    } | tee /dev/stderr | write_section analyzer
}
