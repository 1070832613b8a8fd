# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every verb may need.

say() { printf '%s\n' "$*" >&2; }
die() { say "dev: $*"; exit 2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "cannot install packages: neither root nor sudo; as root, run: $*"
    fi
}

# For the line above a table: "Linux 6.1, Some Processor".
machine() { printf 'Linux %s, %s' "$(uname -r)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"; }

# Puts standard input into the file, between the lines that name the section.
write_section() { # NAME [FILE]
    local table
    table=$(mktemp)
    cat >"$table"
    sed -i -e "/^<!-- begin $1 /,/^<!-- end $1 /{/^<!-- begin/r $table" -e '/^<!--/!d}' "${2:-docs/performance.md}"
    rm -f "$table"
}
