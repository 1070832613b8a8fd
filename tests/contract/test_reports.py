"""JSON reports against the contract, of traces made up and of programs that are run: test_reports.py SCOPETRACE SOURCE.

Before that, the checker against reports that break the contract: each key of a good one left out, or of another kind.
All programs of the corpus: CORPUS_REPORTS=FOLDER ctest -R corpus, then check_report.py --tree FOLDER/*.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys

import check_report

SCOPETRACE, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
GOLDEN = SOURCE / "tests/golden"
# What the contract says nothing of.
BEYOND = {"opener", "notices", "open_at_end"}
BEYOND_IN_TREE = {"exited", "cancelled", "counter", "shield", "open", "folded"}
NAMES_OF_PACKAGES = {"anyio"}
# a finding of every level, tasks that end in every way
PROGRAMS = {"c_timeout_rescheduled": 0, "f_homemade_watchdog": 1, "p01_swallow_no_uncancel": 1, "p11_over_uncancel_steals": 1,
            "f_timeouts_exit_out_of_order": 1, "c_odd_names_and_messages": 0}
faults = []


def verdict(data, with_tree):
    try:
        check_report.check(data, with_tree)
    except (check_report.Fault, ValueError) as error:
        return str(error)
    return None


def expect_right(what, data, with_tree):
    fault = verdict(data, with_tree)
    if fault:
        faults.append(f"{what}: {fault}")


def places(value, path=()):
    """Every key of every object in it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield path + (key,)
            yield from places(item, path + (key,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, path + (index,))


def broken(report, path, replace):
    report = copy.deepcopy(report)
    holder = report
    for step in path[:-1]:
        holder = holder[step]
    if replace:
        holder[path[-1]] = {"of another": ["kind"]}
    else:
        del holder[path[-1]]
    return json.dumps(report).encode()


def is_contracts(path):
    """exited and the like are the contract's in a finding, not in a scope of the tree."""
    names = {step for step in path if isinstance(step, str)}
    beyond = BEYOND | (BEYOND_IN_TREE if path[0] == "tasks" else set())
    return not names & beyond and path[-1] not in NAMES_OF_PACKAGES and path[-3:-2] + path[-1:] != ("consequences", "count")


def test_checker():
    report = json.loads((GOLDEN / "report_leak_tree.json").read_text())
    tried = 0
    for path in places(report):
        for replace in (False, True):
            if is_contracts(path):
                tried += 1
                if not verdict(broken(report, path, replace), True):
                    faults.append(f"the checker takes a report {'with another' if replace else 'without'} {path}")
    if tried < 100:
        faults.append(f"only {tried} broken reports were tried")


def test_made_up():
    for name, with_tree in (("clean", False), ("cut", False), ("leak", False), ("leak_tree", True), ("hostile", True)):
        expect_right(name, (GOLDEN / f"report_{name}.json").read_bytes(), with_tree)
    for options in [], ["--tree"], ["--strict", "--tree"]:
        for events in "hostile.events", "two_leaks.events":
            data = subprocess.run([SCOPETRACE, "analyze", "-q", "-f", "json", *options, SOURCE / "tests/ci" / events],
                                  stdout=subprocess.PIPE, check=False).stdout
            expect_right(f"{events} {options}", data, bool(options))


def test_run(program, status, folder):
    report = folder / "report.json"
    done = subprocess.run([SCOPETRACE, "run", "--tree", "--strict", "--fail-on", "warning", "-f", f"json={report}", "--",
                           "/usr/bin/python3", SOURCE / f"tests/programs/{program}.py"],
                          env=dict(os.environ, PLAIN="1", PYTHONDONTWRITEBYTECODE="1"), capture_output=True, check=False)
    if done.returncode != status:
        faults.append(f"{program}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    else:
        expect_right(program, report.read_bytes(), True)


def main():
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"scopetrace-contract-{os.getpid()}"
    folder.mkdir()
    test_checker()
    test_made_up()
    for program, status in PROGRAMS.items():
        test_run(program, status, folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    print(*faults, sep="\n")
    sys.exit(bool(faults))


main()
