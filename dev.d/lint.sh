# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: lint [SINCE]          formatting, clang-tidy, shellcheck, warnings of both compilers (SINCE: clang-tidy looks only at
#:                       what differs from this revision)

# The other architecture's half of attach, which ./dev test aarch64 runs. (where.c needs libunwind's headers for it.)
lint_aarch64() {
    local file flags
    mapfile -t flags < <(pkg-config --cflags glib-2.0 | tr ' ' '\n' | sed '/^$/d; s/^-I/-isystem/')
    for file in cli/attach/*.c; do
        [ "$file" != cli/attach/where.c ] || continue
        aarch64-linux-gnu-gcc -std=gnu17 -D_GNU_SOURCE -fsyntax-only -Werror -Wall -Wextra -Wshadow -Wconversion -Wformat=2 \
            -Wundef -Wstrict-prototypes -Wmissing-prototypes -I. "${flags[@]}" "$file"
    done
}

# What it finds fails: .clang-tidy. The aarch64 tests' C is for that compiler alone.
lint_tidy() { # [SINCE]
    local files=('*.c' ':!tests/aarch64')
    if [ $# -gt 0 ]; then git diff -z --name-only --diff-filter=d "$1" -- "${files[@]}"; else git ls-files -z "${files[@]}"; fi |
        xargs -0 -r -n 4 -P "$(nproc)" clang-tidy -p build-lint-clang --quiet
}

verb() { # [SINCE]
    install_packages build test lint
    local sources scripts compiler
    mapfile -t sources < <(git ls-files '*.c' '*.h' '*.cpp')
    clang-format --dry-run -Werror "${sources[@]}"
    mapfile -t scripts < <(git grep -lIE '^(#!.*[/ ](ba|da)?sh|# shellcheck shell=.*)$')
    shellcheck "${scripts[@]}"
    for compiler in gcc clang; do
        CC=$compiler configure "build-lint-$compiler" -DSCOPETRACE_WERROR=ON
        ninja -C "build-lint-$compiler" --quiet
    done
    lint_aarch64
    lint_tidy "$@"
}
