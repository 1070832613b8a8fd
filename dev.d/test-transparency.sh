# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test transparency [TEXT…]
#:                       CPython's and AnyIO's own tests, plain and traced, side by side (about half an hour);
#:                       with TEXT those suites or modules that have it in their name

# Debian keeps Python's own tests in packages of their own, whose names have the version in them.
install_python_testsuites() {
    local python package
    for python in /usr/bin/python3.1[1-9]; do
        package=lib${python#/usr/bin/}-testsuite
        if ! installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then
            say "dev: installing $package"
            apt_install "$package" ||
                say "dev: no $package: the tests of this machine's own Python will be skipped by name"
        fi
    done
}

verb() {
    ready_to_test
    install_python_testsuites
    build/tests/test_transparency "$@"
}
