# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: bench attach [CYCLES] [KILLS]
#:                       a server under load that is attached to 1,000 times, attachers killed at 200 random
#:                       moments; puts the tables into docs/performance.md (three quarters of an hour)

# One server of each kind, and what happened to it: a row of the first table; the second's go to a file.
bench_attach_server() { # PYTHON PAUSES-FILE OPTION…
    local minor packages=build/python/servers:build/python/anyio-newest
    minor=$("$1" -c 'import sys; print(sys.version_info[1])')
    PYTHONPATH=$packages:build/python/uvloop-py3.$minor /usr/bin/python3 tests/bench/attach_cycles.py build/bin/scopetrace \
        --python "$1" --pauses "$2" "${@:3}"
}

verb() { # [CYCLES] [KILLS]
    local cycles=${1:-1000} kills=${2:-200} pauses newest
    ready_to_test
    pauses=$(mktemp)
    newest=$(sort -t' ' -k2,2V build/pythons.txt | tail -1 | cut -d' ' -f1)
    {
        printf "\nMade by \`./dev bench attach\` with %s, %s.\n\n" "$(build/bin/scopetrace --version)" "$(machine)"
        echo "| server | cycles | attachers killed | attaches failed | requests | failed | still hooked | ns per scope: before | after | MB: before | after |"
        echo "|---|---|---|---|---|---|---|---|---|---|---|"
        bench_attach_server /usr/bin/python3 "$pauses" --idle 100 --cycles "$cycles" --kills "$kills"
        bench_attach_server "$newest" "$pauses" --idle 20 --cycles "$((cycles / 2))"
        bench_attach_server /usr/bin/python3 "$pauses" --loop uvloop --idle 20 --cycles "$((cycles / 5))" --kills "$((kills / 4))"
        printf "\n| server | milliseconds | times | least | median | 90 %% | 99 %% | most |\n|---|---|---|---|---|---|---|---|\n"
        cat "$pauses"
        echo
    } | tee /dev/stderr | write_section attach
    rm -f "$pauses"
    say "killed attachers, wherever the main thread is:"
    ATTACH_KILLS=$kills build/tests/test_attach_deaths killed_attachers_do_no_harm
}
