#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the time goes that recording a scope costs: instructions and nanoseconds of each part of a hooked call, beside
the floor. A table in Markdown goes to standard output.

    budget.py BUILD-DIRECTORY PACKAGES PYTHON…

PACKAGES is a folder with AnyIO. Callgrind counts instructions, by the source line that they are of: each file of the
agent belongs to a part, and what it calls outside counts with the line that calls it. Nanoseconds are measured without
it, the fastest of many rounds; those of a part are what is above the floor, in proportion to its instructions.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CHURN = HERE / "scope_churn.py"
# The difference of two runs is what the scopes cost.
FEW, MANY = 300, 1300
# Scopes in a round, rounds in a run, runs: other programs disturb most rounds, hardly all.
TIMED, ROUNDS, RUNS = 1000, 80, 2
MODES = ("all", "lazy")
KINDS = {"scope": "`anyio.CancelScope()`", "timeout": "`asyncio.timeout(None)`"}

PARTS = {
    "is anybody recording?": "recording.c recording.h import_finder.c import_finder.h label.c process.h watch.c",
    "hook: arguments, order of the call": "hook.c hook.h scope_call.c scope_call.h operation.c awaitable_proxy.c "
                                          "coroutine_end.c",
    "who made it": "maker.c",
    "current task": "running.c ticks.c",
    "counter": "task_counter.c task_class.c",
    "identity of task and scope": "identity.c identity_scope.c task.c pointer_map.c pointer_map.h death.c",
    "what the scope says of itself": "scope.c scope.h attribute.c attribute.h provider.h exceptions.c wall_clock.h",
    "stack": "trace_tree.c code_table.c call_path.c frames.c",
    "event: fields, sequence, tick": "emit.c ring.c ring.h bridge.h",
}
PART_OF = {file: part for part, files in PARTS.items() for file in files.split()}
PROVIDER_OF_LTTNG = "tracepoints/provider.c"
FLOOR = "ring buffer (LTTng)"
REST = "references, the interpreter's difference"
# Calls of what is hooked itself: it runs in the plain program, too.
ORIGINALS = {"hook.h", "hook.c", "awaitable_proxy.c", "maker.c"}
ORIGINAL_CALLS = re.compile(r"_PyFunction_Vectorcall|PyObject_Vectorcall|PyIter_Send|slot_tp_init")


def environment(folder, packages):
    return {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(packages)}


def run(build, packages, mode, command, folder):
    """The words that the program printed."""
    if mode != "plain":
        command = [build / "bin/scopetrace", "record", "-q", "--scopes", mode, "--lossless", "-o", f"{folder}/trace",
                   "--", *command]
    done = subprocess.run(command, env=environment(folder, packages), text=True, capture_output=True)
    words = done.stdout.split()
    if done.returncode or len(words) < 2 or words[1] != ("plain" if mode == "plain" else "traced"):
        sys.exit(f"budget: {mode}: status {done.returncode}: {done.stdout}{done.stderr}")
    return words


class Profile:
    """What callgrind wrote: instructions of all, and of the agent by part."""

    def __init__(self, path):
        self.total = 0
        self.parts = collections.Counter()
        self.names = {}
        self.object = self.file = self.called = self.called_object = None
        calls = False
        for line in open(path, errors="replace"):
            if re.match(r"[0-9+*-]", line):
                self.count(int(line.split()[1]), calls)
                calls = False
            elif line.startswith("calls="):
                calls = True
            elif "=" in line:
                self.name(*line.rstrip("\n").split("=", 1))

    def name(self, key, text):
        table = {"cob": "ob", "cfn": "fn", "fi": "fl", "fe": "fl", "cfi": "fl", "cfl": "fl"}.get(key, key)
        found = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if found and found[2] is not None:
            self.names[table, found[1]] = found[2]
        text = self.names.get((table, found[1]), "") if found else text
        if key == "ob":
            self.object = text
        elif key in ("fl", "fi", "fe"):
            self.file = text
        elif key == "fn":
            self.called_object = None
        elif key == "cob":
            self.called_object = text
        elif key == "cfn":
            self.called = text

    def count(self, instructions, calls):
        ours = "libscopetrace-agent.so" in (self.object or "")
        file = os.path.basename(self.file or "")
        if not calls:
            self.total += instructions
        elif not ours or "libscopetrace-agent.so" in (self.called_object or self.object):
            ours = False
        elif file in ORIGINALS and ORIGINAL_CALLS.match(self.called):
            ours = False
        if ours:
            floor = (self.file or "").endswith(PROVIDER_OF_LTTNG)
            self.parts[FLOOR if floor else PART_OF.get(file, REST)] += instructions
        if calls:
            self.called_object = None


def profile(build, packages, python, mode, kind):
    profiles = []
    for scopes in (FEW, MANY):
        with tempfile.TemporaryDirectory(prefix="scopetrace-budget-") as folder:
            command = ["valgrind", "--tool=callgrind", "--dump-line=yes", f"--callgrind-out-file={folder}/callgrind.%p",
                       f"--log-file={folder}/log.%p", python, "-S", "-s", CHURN, str(scopes), kind]
            words = run(build, packages, mode, command, folder)
            profiles.append(Profile(f"{folder}/callgrind.{words[0]}"))
    few, many = profiles
    each = MANY - FEW
    return (many.total - few.total) / each, {part: (many.parts[part] - few.parts[part]) / each for part in many.parts}


def fastest(build, packages, python, kind):
    """Nanoseconds of a scope, by mode."""
    found = {}
    for _ in range(RUNS):
        for mode in ("plain", *MODES):
            with tempfile.TemporaryDirectory(prefix="scopetrace-budget-") as folder:
                command = [python, "-S", "-s", CHURN, str(TIMED), kind, str(ROUNDS)]
                spent = float(run(build, packages, mode, command, folder)[2])
            found[mode] = min(spent, found.get(mode, spent))
    return found


def floor(build):
    """Nanoseconds of the two events alone."""
    spent = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="scopetrace-budget-") as folder:
            command = [build / "bin/scopetrace", "record", "-q", "-o", f"{folder}/trace", "--",
                       build / "tests/bench_floor", build / "tests/libbench-floor-events.so", "100000"]
            spent.append(float(subprocess.run(command, text=True, capture_output=True).stdout))
    return min(spent)


def column(total, plain, parts):
    """Instructions by part, what is nobody's among the rest."""
    parts = dict(parts)
    parts[REST] = parts.get(REST, 0) + total - plain - sum(parts.values())
    return parts


def table(build, packages, python, floor_ns):
    version = subprocess.run([python, "-c", "import platform; print(platform.python_version())"], text=True,
                             capture_output=True).stdout.strip()
    columns, heads = [], []
    for kind, called in KINDS.items():
        times = fastest(build, packages, python, kind)
        plain, _ = profile(build, packages, python, "plain", kind)
        for mode in MODES:
            total, counted = profile(build, packages, python, mode, kind)
            parts = column(total, plain, counted)
            above = times[mode] - times["plain"]
            columns.append((parts, above, floor_ns if mode == "all" else 0))
            heads.append(f"{called}, {mode}")
    show(version, heads, columns)


def cell(parts, above, floor_ns, part):
    counted = parts.get(part, 0)
    if part == FLOOR and floor_ns:
        return f"{counted:.0f}, {floor_ns:.0f} ns"
    rest = sum(parts.values()) - (parts.get(FLOOR, 0) if floor_ns else 0)
    return f"{counted:.0f}, {counted * (above - floor_ns) / rest:.0f} ns"


def show(version, heads, columns):
    print(f"| Python {version} | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for part in [*PARTS, REST, FLOOR]:
        print(f"| {part} | {' | '.join(cell(*each, part) for each in columns)} |")
    sums = [f"**{sum(parts.values()):.0f}, {above:.0f} ns**" for parts, above, _ in columns]
    print(f"| **together** | {' | '.join(sums)} |\n")


def main():
    build, packages = pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(sys.argv[2]).absolute()
    floor_ns = floor(build)
    print(f"Floor: {floor_ns:.0f} ns.\n")
    for python in sys.argv[3:]:
        table(build, packages, python, floor_ns)


if __name__ == "__main__":
    main()
