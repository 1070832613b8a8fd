# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: demo                  build scopetrace and let it catch AnyIO's leak in a real program

# Sets example and packages (for PYTHONPATH).
choose_example() {
    example=examples/connect_loop.py packages=
    if /usr/bin/python3 -c 'import sys, importlib.metadata as m; v = tuple(map(int, m.version("anyio").split(".")[:2])); sys.exit(not (v < (3, 7) or (4, 2) <= v < (4, 4)))' 2>/dev/null; then
        return
    fi
    say "dev: this machine's AnyIO is not one of the leaking versions: taking 4.3.0 from PyPI"
    install_python_packages '^anyio-4\.3\.0 '
    packages=$PWD/build/python/anyio-4.3.0
    [ ! -d "$packages" ] || return 0
    say "dev: PyPI is out of reach: a home-made timeout takes AnyIO's place"
    example=examples/own_timeout.py packages=
}

verb() {
    install_packages run build demo
    build
    local example packages status=0
    choose_example
    say "
A service asks a backend in a loop; nobody ever cancels it. Running it under scopetrace:

  $ ${packages:+PYTHONPATH=${packages#"$PWD"/} }build/bin/scopetrace run -- /usr/bin/python3 $example
"
    PYTHONPATH=$packages build/bin/scopetrace run -- /usr/bin/python3 "$example" || status=$?
    [ "$status" = 1 ] || die "expected status 1 (findings), got $status"
}
