# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test recipes [NAME…]  docs/ci.md's recipes: tox, nox, a container, the steps of the workflow files (a few minutes)

verb() { # [NAME…]
    install_packages suites
    build_for_tests
    find_pythons >build/pythons.txt
    tests/recipes/run "$@"
}
