#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many instructions of the program a scope costs: plain, preloaded without a session, and recorded. Cachegrind
counts them, which does not depend on what else the machine does.

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

# Instructions that a scope may cost more than plain, entered and left. Recorded: a tenth more than was counted (5,130,
# 5,720, 5,780). Preloaded: what was counted is -60 to 50, too little for a tenth of it to say anything.
MEASURED_WITH = "GNU 12, lttng-ust 2.13, RelWithDebInfo"
LIMITS = {
    "3.11": {"preloaded": 100, "recorded": 5640},
    "3.12": {"preloaded": 100, "recorded": 6290},
    "3.13": {"preloaded": 100, "recorded": 6360},
}


class CannotCount(Exception):
    pass


def command(state, build, folder, valgrind):
    if state != "recorded":
        return valgrind
    return [build / "bin/scopetrace", "record", "--scopes", "all", "--lossless", "-o", folder / "trace", "--", *valgrind]


def count(state, build, python, scopes):
    """Instructions of one run."""
    with tempfile.TemporaryDirectory(prefix="scopetrace-instructions-") as name:
        folder = pathlib.Path(name)
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--log-file={name}/log-%p",
                    "--cachegrind-out-file=/dev/null", python, "-S", "-s", CHURN, str(scopes)]
        # A fixed seed: which keys of a dictionary collide must not differ between two runs.
        environment = {"PATH": os.environ["PATH"], "HOME": name, "TMPDIR": name,
                       "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
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


def per_scope(state, build, python):
    few, many = (count(state, build, python, scopes) for scopes in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def check(build, python, version, plain):
    """Whether it is within its limits."""
    limits = LIMITS[".".join(version.split(".")[:2])]
    line, good = f"Python {version}: plain {plain:.0f} instructions per scope", True
    for state, limit in limits.items():
        more = per_scope(state, build, python) - plain
        line += f", {state} {more:+.0f} (limit {limit})"
        good &= more <= limit
    print("ok  " if good else "FAIL", line, flush=True)
    return good


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
        try:
            plain = per_scope("plain", build, python)
        except CannotCount as error:
            print(f"SKIP Python {version}: valgrind cannot run it: {error}")
            continue
        results.append(check(build, python, version, plain))
    return STATUS_SKIPPED if not results else 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
