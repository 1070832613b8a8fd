# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Configuring and building, and what the tests need beside what is built.

# Every CPython from 3.11 on with a GIL (0) or without (1) that is found, one "PATH VERSION" a line, each real file once.
find_pythons() { # [0|1]
    local python
    for python in /usr/bin/python3 /usr/bin/python3.1[1-9] /usr/bin/python3.1[3-9]t /usr/local/bin/python3.1[1-9] \
        /usr/local/bin/python3.1[3-9]t "$HOME"/.pyenv/versions/*/bin/python3; do
        [ -x "$python" ] || continue
        "$python" -I -c '
import sys, sysconfig, os
if sys.version_info >= (3, 11) and (sysconfig.get_config_var("Py_GIL_DISABLED") or 0) == int(sys.argv[1]):
    print(os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3])' "${1:-0}" 2>/dev/null || true
    done | sort -u -t' ' -k1,1
}

configure() { # FOLDER CMAKE-OPTION…
    local folder=$1
    shift
    cmake -S . -B "$folder" -G Ninja "$@" >"$folder.log" 2>&1 || { cat "$folder.log" >&2; die "cmake failed"; }
    rm -f "$folder.log"
}

build() { # [--tests] [--sanitize|--threads]
    local folder=build argument
    local options=(-DSCOPETRACE_WERROR=ON) tests=OFF
    for argument in "$@"; do
        case $argument in
        --tests) tests=ON ;;
        --sanitize) folder=build-sanitize options+=(-DSCOPETRACE_SANITIZE=ON) ;;
        --threads) folder=build-threads options+=(-DSCOPETRACE_SANITIZE=ON -DSCOPETRACE_SANITIZE_COMMAND=thread) ;;
        *) die "build: unknown option $argument" ;;
        esac
    done
    install_packages run build
    pkg-config --exists 'python3 >= 3.11' ||
        die "needs Python 3.11 or newer, as Debian 12 and Ubuntu 24.04 have it; here it is $(pkg-config --modversion python3)"
    say "dev: building into $folder"
    configure "$folder" "${options[@]}" "-DSCOPETRACE_TESTS=$tests"
    ninja -C "$folder" --quiet >&2
    say "dev: the command is $folder/bin/scopetrace"
}

build_for_tests() { # [--sanitize|--threads]
    install_packages run build demo test
    build --tests "$@"
}

prepare_tests() { # FOLDER
    install_python_packages
    install_python_sources
    find_pythons >"$1/pythons.txt"
    find_pythons 1 >"$1/free-threaded.txt"
    [ "$1" = build ] || ln -sfn ../build/python "$1/python"
    say "interpreters:"
    sed 's/^/  /' "$1/pythons.txt" >&2
}

# All that the tests need: packages, what is built, interpreters.
ready_to_test() { # [--sanitize]
    build_for_tests "$@"
    prepare_tests "build${1:+-sanitize}"
}
