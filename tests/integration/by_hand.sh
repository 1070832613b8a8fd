#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# by_hand.sh SOURCE BUILD: a session made with lttng alone, by the book (docs/by-hand.md). The report on it is the one
# that `scopetrace run` gives, and babeltrace2 gives the same from the plugin. Status 77: something is not installed.
set -euo pipefail
source=$1
build=$2

for tool in lttng lttng-sessiond babeltrace2 python3; do
    command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
python=$(sed -n '1s/ .*//p' "$build/pythons.txt" 2>/dev/null || true)
: "${python:=/usr/bin/python3}"

# Root's daemon insists on /run/lttng: it gets one of its own, for the daemon and the program alike.
if [ "$(id -u)" = 0 ] && [ "${BY_HAND_APART:-}" = "" ]; then
    unshare -m true 2>/dev/null || { echo "root may not make a mount namespace"; exit 77; }
    BY_HAND_APART=1 exec unshare -m --propagation private "$0" "$@"
fi
if [ "$(id -u)" = 0 ]; then
    mount -t tmpfs none /run
    mkdir /run/lttng
fi

folder=$(mktemp -d)
export LTTNG_HOME=$folder
clean_up() {
    # not before it has ended: until then it writes there
    if [ -s "$folder/daemon" ] && daemon=$(cat "$folder/daemon") && kill "$daemon" 2>/dev/null; then
        for _ in $(seq 500); do
            kill -0 "$daemon" 2>/dev/null || break
            sleep 0.02
        done
    fi
    rm -rf "$folder"
}
trap clean_up EXIT

# FORMAT FILE: rule, level, count and confidence of each finding
essence() {
    "$python" -I -c '
import json, sys
report = json.load(open(sys.argv[1]))
for finding in report["findings"]:
    print(finding["rule"], finding["level"], finding["count"], finding["confidence"], finding["fingerprint"])
print(report["summary"]["tasks"], report["summary"]["scopes"], report["summary"]["lost_events"])' "$1"
}

program() { "$@" "$python" "$source/tests/programs/f_homemade_takes_one_too_many.py" >/dev/null 2>&1; }

lttng-sessiond --daemonize --no-kernel --pidfile="$folder/daemon" >/dev/null
lttng -q create mine --output="$folder/mine"
lttng -q enable-event -u 'scopetrace:*'
lttng -q start
program env LD_PRELOAD="$build/lib/scopetrace/libscopetrace.so"
lttng -q destroy mine

analyze() { "$build/bin/scopetrace" "$@" || [ $? = 1 ]; }
analyze analyze -f json="$folder/by-hand.json" "$folder/mine"
program analyze run -f json="$folder/run.json" --
essence "$folder/by-hand.json" >"$folder/by-hand"
essence "$folder/run.json" >"$folder/run"
cat "$folder/by-hand"
grep -q '^stolen-cancel error 1 certain' "$folder/by-hand"
diff "$folder/run" "$folder/by-hand"

# of a build with sanitizers, the plugin wants their library before all others
plugins=$build/lib/scopetrace/babeltrace2
sanitizer=$(ldd "$plugins"/*.so | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p')
with_plugin() { ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$sanitizer babeltrace2 --plugin-path "$plugins" "$@"; }

with_plugin --component sink.scopetrace.findings \
    --params "format=\"json\",output=\"$folder/plugin.json\"" "$folder/mine"
essence "$folder/plugin.json" >"$folder/plugin"
diff "$folder/by-hand" "$folder/plugin"
# from a place outside any project, so that both show files by their whole path
here=$PWD
cd "$folder"
"$build/bin/scopetrace" analyze "$folder/mine" >"$folder/analyze.txt" || true
with_plugin -c sink.scopetrace.findings "$folder/mine" >"$folder/plugin.txt"
diff "$folder/analyze.txt" "$folder/plugin.txt"

# wrong parameters are told, and nothing is written
if with_plugin -c sink.scopetrace.findings --params 'format="colourful"' "$folder/mine" >"$folder/out" 2>"$folder/err"; then
    exit 1
fi
grep -q 'colourful is no format' "$folder/err"
[ ! -s "$folder/out" ]
if with_plugin -c sink.scopetrace.findings --params 'format="sarif",tree=yes' "$folder/mine" >"$folder/out" 2>"$folder/err"; then
    exit 1
fi
grep -q 'format sarif does not show it' "$folder/err"
[ ! -s "$folder/out" ]

# ---- other ways to make a session: the same findings ----
cd "$here" # where fingerprints know the project

same() { # TRACE
    analyze analyze -f json="$folder/other.json" "$1" >"$folder/out" 2>&1
    essence "$folder/other.json" | sed 1q >"$folder/other"
    sed 1q "$folder/by-hand" | diff - "$folder/other"
}
traced() { program env LD_PRELOAD="$build/lib/scopetrace/libscopetrace.so"; }

# a channel of one's own, buffers per process, contexts
lttng -q create contexts --output="$folder/contexts"
lttng -q enable-channel --userspace --buffers-pid --subbuf-size=512k --num-subbuf=8 my-channel
lttng -q enable-event -u -c my-channel 'scopetrace:*'
lttng -q add-context -u -c my-channel -t vpid -t vtid -t procname
lttng -q start
traced
lttng -q destroy contexts
same "$folder/contexts"

# events spread over channels of different sizes, and events of others beside them
lttng -q create spread --output="$folder/spread"
lttng -q enable-channel -u small --subbuf-size=64k
lttng -q enable-event -u -c small 'scopetrace:scope_*,scopetrace:task_*'
lttng -q enable-channel -u large --subbuf-size=1M
lttng -q enable-event -u -c large \
    'scopetrace:runtime*,scopetrace:p*,scopetrace:frame,scopetrace:l*,scopetrace:agent_*,scopetrace:detached'
lttng -q enable-event -u -c large 'lttng_ust_statedump:*'
lttng -q start
traced
lttng -q destroy spread
same "$folder/spread"

# rotated in the middle: chunks, each readable, and the whole
lttng -q create rotated --output="$folder/rotated"
lttng -q enable-event -u 'scopetrace:*'
lttng -q start
traced
lttng -q rotate rotated
traced
lttng -q destroy rotated
analyze analyze -f json="$folder/rotated.json" "$folder/rotated"
essence "$folder/rotated.json" | grep '^stolen-cancel error 2 certain' >/dev/null

# a flight recorder: nothing is written until somebody asks
lttng -q create flight --snapshot --output="$folder/flight"
lttng -q enable-event -u 'scopetrace:*'
lttng -q start
traced
[ -z "$(find "$folder/flight" -name metadata 2>/dev/null)" ]
lttng -q snapshot record
lttng -q destroy flight
same "$folder/flight"

# a session that lacks what is needed says so
subset() { # NAME EVENTS EXPECTED
    lttng -q create "$1" --output="$folder/$1"
    lttng -q enable-event -u "$2"
    lttng -q start
    traced
    lttng -q destroy "$1"
    "$build/bin/scopetrace" analyze "$folder/$1" >"$folder/out" 2>&1 || true
    tr -s '\n ' ' ' <"$folder/out" | grep "$3" >/dev/null || { cat "$folder/out"; exit 1; }
}
subset tasks 'scopetrace:task_*' 'did not record .* runtime, provider, frame, scope_enter, .*: findings may be missing, or wrong'
subset frameless 'scopetrace:task_*,scopetrace:scope_*,scopetrace:runtime,scopetrace:provider' \
    'did not record .* frame: findings have no place in the code'
if grep 'did not record' "$folder/analyze.txt"; then exit 1; fi

# what docs/by-hand.md shows of babeltrace2's own
babeltrace2 "$folder/mine" | grep 'scopetrace:task_cancel' >/dev/null
babeltrace2 -c source.ctf.fs --params="inputs=[\"$(dirname "$(find "$folder/mine" -name metadata)")\"]" \
    -c sink.text.details | grep 'scopetrace:task_uncancel' >/dev/null
