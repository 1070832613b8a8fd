# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: bench budget [PYTHON…]
#:                       where the time of a recorded scope goes, part by part, beside the floor; the table goes into
#:                       docs/performance.md (a quarter of an hour)

verb() { # [PYTHON…]
    build_for_tests
    install_python_packages '^anyio-newest '
    [ $# -gt 0 ] || set -- /usr/bin/python3
    {
        printf "\nMade by \`./dev bench budget\` with %s, LTTng %s, %s.\n\n" "$(build/bin/scopetrace --version)" \
            "$(pkg-config --modversion lttng-ust)" "$(machine)"
        /usr/bin/python3 tests/bench/budget.py build build/python/anyio-newest "$@"
    } | tee /dev/stderr | write_section budget
}
