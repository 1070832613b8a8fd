#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hosts.sh SOURCE BUILD: two hosts and a relay daemon between them, each with a network, a name and processes of its own
# (namespaces). Programs on both have the same pid, and stay apart: in `analyze` of all that arrived, and in `watch`.
# Then a cable is pulled. Status 77, with the reason: this cannot be had here.
set -euo pipefail
source=$1
build=$2

skip() { echo "$1"; exit 77; }
[ "$(id -u)" = 0 ] || skip "network namespaces are root's"
for tool in ip unshare lttng-relayd python3; do
    command -v $tool >/dev/null || skip "no $tool"
done
if [ "${HOSTS_APART:-}" = "" ]; then
    unshare --mount --net --pid --fork true 2>/dev/null || skip "root may not make namespaces"
    # What is started here ends with it, and networks, mounts and folders go with the last process.
    HOSTS_APART=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private "$0" "$@"
fi

command=$build/bin/scopetrace
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mount -t tmpfs none /run
ip link set lo up

add_host() { # NAME SUBNET
    ip netns add "$1"
    ip link add "to-$1" type veth peer name eth0 netns "$1"
    ip addr add "$2.1/24" dev "to-$1"
    ip link set "to-$1" up
    ip -n "$1" addr add "$2.2/24" dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$1" link set lo up
}

# shellcheck disable=SC2016
on_host() { # NAME PROGRAM ARG…
    ip netns exec "$1" unshare --uts --pid --fork --kill-child --mount-proc \
        bash -c 'echo "$0" >/proc/sys/kernel/hostname; exec "$@"' "$@"
}

# Waits until a file has a line.
await() { # FILE TEXT
    for _ in $(seq 500); do
        ! grep -qs -- "$2" "$1" || return 0
        sleep 0.02
    done
    echo "no \"$2\" in $1:"
    cat "$1"
    exit 1
}

# host, rule and count of each finding, and how many processes there were
essence() {
    python3 -I -c '
import json, sys
report = json.load(sys.stdin)
print(report["summary"]["processes"], "processes")
for finding in report["findings"]:
    print(finding["process"]["host"], finding["rule"], finding["count"], finding["confidence"])'
}

if ! add_host box-1 10.77.1 || ! add_host box-2 10.77.2; then
    skip "no network namespaces, or no veth"
fi
mkdir "$folder/relay"
lttng-relayd --output="$folder/relay" --live-port=tcp://0.0.0.0:5344 >"$folder/relay.log" 2>&1 &
for _ in $(seq 200); do
    [ "$(grep -c ':14D[E-F] \|:14E0 ' /proc/net/tcp)" -lt 3 ] || break
    sleep 0.02
done

# one host goes wrong, the other does not; each program waits for a line
record() { # HOST GATEWAY PROGRAM
    mkfifo "$folder/$1.in"
    on_host "$1" "$command" record --stream "net://$2" -- python3 "$source/tests/postmortem/programs/$3" \
        <"$folder/$1.in" >"$folder/$1.out" 2>&1 &
}
record box-1 10.77.1.1 theft.py
first=$!
exec 8>"$folder/box-1.in"
record box-2 10.77.2.1 steady.py
second=$!
exec 9>"$folder/box-2.in"
await "$folder/box-1.out" stolen
await "$folder/box-2.out" ready

# seen while both run, by name; on a busy machine the second host's first events may come later than that
for _ in $(seq 10); do
    "$command" watch -f json --duration 3s net://10.77.1.1 >"$folder/watched" 2>"$folder/watch.log" || [ $? = 1 ]
    ! grep -q '1 error (2 processes' "$folder/watch.log" || break
done
grep -q '"host":"box-1"' "$folder/watched"
[ "$(wc -l <"$folder/watched")" = 1 ]
grep -q 'watching box-1/scopetrace-theft-' "$folder/watch.log"
grep -q 'watching box-2/scopetrace-steady-' "$folder/watch.log"
grep -q '1 error (2 processes' "$folder/watch.log"

echo >&8
wait $first
if [ "${HOSTS_CUT:-yes}" = yes ]; then
    ip link set to-box-2 down
    echo >&9
    status=0
    wait $second || status=$?
    [ $status = 2 ] || { echo "status $status after the cut"; exit 1; }
    grep -q 'rounds' "$folder/box-2.out"
    await "$folder/box-2.out" "broke off"
else
    echo >&9
    wait $second
fi
ls -d "$folder"/relay/box-1/scopetrace-theft-*/ust "$folder"/relay/box-2/scopetrace-steady-*/ust

# the same pid on both hosts
analyze() { "$command" analyze -f json "$@" || [ $? = 1 ]; }
analyze "$folder/relay/box-1" >"$folder/one.json"
analyze "$folder/relay" >"$folder/both.json"
essence <"$folder/both.json" | tee "$folder/both"
printf '%s\n' "2 processes" "box-1 stolen-cancel 1 certain" | diff - "$folder/both"
pids=$(for host in box-1 box-2; do
    babeltrace2 "$folder/relay/$host" | sed -n 's/.*scopetrace:runtime.*[{ ]pid = \([0-9]*\).*/\1/p' | head -1
done | sort -u)
[ "$(echo "$pids" | wc -w)" = 1 ] || { echo "pids differ: $pids"; exit 1; }

# a clock that is decades behind the other one changes nothing; said in another way in CTF 2
grep -aq 'offset = 1[7-9]\|"seconds": 1[7-9]' "$folder"/relay/box-2/*/ust/uid/0/64-bit/metadata
sed -i 's/\(offset = 1\|"seconds": 1\)[0-9]/\10/' "$folder"/relay/box-2/*/ust/uid/0/64-bit/metadata
analyze "$folder/relay" | essence | diff "$folder/both" -
