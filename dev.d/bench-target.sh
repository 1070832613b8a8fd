# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: bench target [PYTHON] [ROUNDS] [SIZE]
#:                       what recording costs programs, beside what else there is; the tables go into docs/performance.md
#:                       (a quarter of an hour; with PYTHON that interpreter's, to standard output only; ROUNDS: instead
#:                       of 3; SIZE: of the workloads, as a factor)

# The last line says how long it took.
target_tables() { # ROUNDS SIZE PYTHON [PYTHON…]
    local begun=$SECONDS minor
    printf "\nMade by \`./dev bench target\` with %s, %s, LTTng %s, %s; rounds: %s; load on %s processors when it began: %s.\n" \
        "$(build/bin/scopetrace --version)" "$("$3" --version)" "$(pkg-config --modversion lttng-ust)" \
        "$(machine)" "$1" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
    build/tests/bench_target "$@"
    minor=$("$3" -c 'import sys; print(sys.version_info[1])')
    PYTHONPATH=$PWD/build/python/bench-py3.$minor /usr/bin/python3 tests/bench/disk.py build/bin/scopetrace "$3"
    printf "\nAll this took %s minutes.\n\n" "$(((SECONDS - begun + 59) / 60))"
}

# All workloads with the machine's own Python, scopes in a loop with every one.
verb() { # [PYTHON] [ROUNDS] [SIZE]
    local only='' pythons
    case ${1:-} in
    *python*) only=$1 && shift ;;
    esac
    install_packages bench
    build_for_tests
    install_python_packages '^bench'
    find_pythons >build/pythons.txt
    if [ -n "$only" ]; then
        target_tables "${1:-3}" "${2:-1}" "$only"
    else
        mapfile -t pythons < <({ realpath /usr/bin/python3; cut -d' ' -f1 build/pythons.txt; } | awk '!seen[$0]++')
        target_tables "${1:-3}" "${2:-1}" "${pythons[@]}" | tee /dev/stderr | write_section target
    fi
}
