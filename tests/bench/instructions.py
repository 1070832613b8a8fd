#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many instructions of the program a scope costs: plain, preloaded without a session, and recorded; asyncio.timeout(),
and anyio.fail_after(), whose entry is found several frames up. Cachegrind counts them, which does not depend on what
else the machine does.

    instructions.py BUILD-DIRECTORY TOOLS [--all]

TOOLS is what the agent was built with, which the limits are for. Asks the first and the last interpreter of
pythons.txt; with --all each. Status 0: within the limits; 1: not; 77: nothing could be counted.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CHURN = pathlib.Path(__file__).with_name("scope_churn.py")
# The difference of two runs is what the scopes cost; the more, the less it matters what LTTng's threads do meanwhile.
FEW, MANY = 500, 4000
STATUS_SKIPPED = 77

# Instructions that a scope may cost more than plain, entered and left. Recorded: a tenth more than was counted (timeout
# 5,130, 5,720, 5,780; fail 3,860, 3,040, 3,310). Preloaded: what was counted is -60 to 50, too little for a tenth of it to say anything.
MEASURED_WITH = "GNU 12, lttng-ust 2.13, RelWithDebInfo"
LIMITS = {
    "3.11": {"timeout": {"preloaded": 100, "recorded": 5640}, "fail": {"recorded": 4250}},
    "3.12": {"timeout": {"preloaded": 100, "recorded": 6290}, "fail": {"recorded": 3350}},
    "3.13": {"timeout": {"preloaded": 100, "recorded": 6360}, "fail": {"recorded": 3640}},
}
# What `fail` was counted with: other versions go through other functions.
ANYIO, ANYIO_VERSION = "python/anyio-newest", "4.16.0"
# What LTTng's threads do meanwhile is counted, too, and only adds: what is beyond its limit is counted again.
TRIES = 3


class CannotCount(Exception):
    pass


def command(state, build, folder, valgrind):
    if state != "recorded":
        return valgrind
    return [build / "bin/scopetrace", "record", "--scopes", "all", "--lossless", "-o", folder / "trace", "--", *valgrind]


def count(kind, state, build, python, scopes):
    """Instructions of one run."""
    with tempfile.TemporaryDirectory(prefix="scopetrace-instructions-") as name:
        folder = pathlib.Path(name)
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--log-file={name}/log-%p",
                    "--cachegrind-out-file=/dev/null", python, "-S", "-s", CHURN, str(scopes), kind]
        # A fixed seed: which keys of a dictionary collide must not differ between two runs.
        environment = {"PATH": os.environ["PATH"], "HOME": name, "TMPDIR": name,
                       "PYTHONPATH": str(build / ANYIO), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        if state == "preloaded":
            # A home without a session daemon in it; root's is looked for all the same.
            environment |= {"LD_PRELOAD": str(build / "lib/scopetrace/libscopetrace.so"), "LTTNG_HOME": name}
        done = subprocess.run(command(state, build, folder, valgrind), env=environment, text=True, capture_output=True)
        words = done.stdout.split()
        log = folder / f"log-{words[0]}" if words else None
        found = log and log.exists() and re.search(r"I +refs: +([\d,]+)", log.read_text())
        if done.returncode or not found:
            raise CannotCount(f"{state}: status {done.returncode}: {done.stdout}{done.stderr}".strip())
        if words[1] != ("plain" if state == "plain" else "traced"):
            raise AssertionError(f"{state}: the program says that it is {words[1]}: {done.stderr}")
        return int(found[1].replace(",", ""))


def per_scope(kind, state, build, python):
    few, many = (count(kind, state, build, python, scopes) for scopes in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def more_than_plain(kind, state, build, python, plain, limit):
    """What it costs more than plain, the least of the tries that it takes to be within the limit."""
    least = None
    for _ in range(TRIES):
        more = per_scope(kind, state, build, python) - plain
        least = more if least is None else min(least, more)
        if least <= limit:
            break
    return least


def check(kind, limits, build, python, version):
    """Whether it is within its limits."""
    plain = per_scope(kind, "plain", build, python)
    line, good = f"Python {version}, {kind}: plain {plain:.0f} instructions per scope", True
    for state, limit in limits.items():
        more = more_than_plain(kind, state, build, python, plain, limit)
        line += f", {state} {more:+.0f} (limit {limit})"
        good &= more <= limit
    print("ok  " if good else "FAIL", line, flush=True)
    return good


def check_each(build, python, version):
    """Whether each kind of scope that can be counted is."""
    results = []
    for kind, limits in LIMITS[".".join(version.split(".")[:2])].items():
        if kind == "fail" and not (build / ANYIO / f"anyio-{ANYIO_VERSION}.dist-info").exists():
            print(f"SKIP Python {version}, {kind}: AnyIO is not {ANYIO_VERSION}, which the limits are for")
            continue
        try:
            results.append(check(kind, limits, build, python, version))
        except CannotCount as error:
            print(f"SKIP Python {version}, {kind}: valgrind cannot run it: {error}")
    return results


def interpreters(build, every):
    listed = build / "pythons.txt"
    text = listed.read_text() if listed.exists() else ""
    found = [line.split() for line in text.splitlines()]
    known = {}
    for path, version in found:
        minor = ".".join(version.split(".")[:2])
        if minor in LIMITS:
            known.setdefault(version if every else minor, (path, version))
        else:
            print(f"SKIP Python {version}: nobody has counted what its scopes may cost")
    chosen = [known[key] for key in sorted(known, key=lambda key: [int(part) for part in key.split(".")])]
    return chosen if every else chosen[:1] + chosen[1:][-1:]


def main():
    build, tools = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not shutil.which("valgrind"):
        print("SKIP: valgrind is not installed")
        return STATUS_SKIPPED
    if tools != MEASURED_WITH:
        print(f"SKIP: built with {tools}; the limits are for {MEASURED_WITH}")
        return STATUS_SKIPPED
    results = []
    for python, version in interpreters(build, "--all" in sys.argv[3:]):
        results += check_each(build, python, version)
    return STATUS_SKIPPED if not results else 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
