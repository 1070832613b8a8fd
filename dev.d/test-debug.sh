# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test debug [NAME…]    debug builds of CPython (Debian's python3.X-dbg), which check reference counts, objects and memory:
#:                       do references add up, does every program of tests/programs (or whose name matches) run clean?
#:                       (ten minutes)

# Of the interpreters that are there, as far as Debian has them.
install_debug_pythons() {
    local python package
    for python in /usr/bin/python3.1[1-9]; do
        package=${python#/usr/bin/}-dbg
        installed "$package" || ! apt-cache show "$package" >/dev/null 2>&1 || apt_install "$package"
    done
}

verb() { # [NAME…]
    local pythons=()
    ready_to_test
    install_debug_pythons
    mapfile -t pythons < <(compgen -G '/usr/bin/python3.1[1-9]-dbg')
    [ ${#pythons[@]} != 0 ] || die "there is no debug build of Python here: python3.X-dbg is not to be had"
    tests/debug/run build "${pythons[@]}" -- "$@"
}
