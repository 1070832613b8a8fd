# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: fuzz [SECONDS]        look for input that breaks the analyzer (default: a minute for each of four targets)

# What is found is a file in build/fuzz/found: build/fuzz/build/tests/fuzz_TARGET FILE does it again.
verb() { # [SECONDS]
    local target found=0
    install_packages run build test fuzz
    tests/fuzz/run build/fuzz build
    for target in text events ctf core; do
        tests/fuzz/run build/fuzz "$target" "${1:-60}" || found=1
    done
    [ "$found" = 0 ] || die "something was found: see build/fuzz/found"
}
