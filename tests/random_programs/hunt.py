# SPDX-License-Identifier: MIT
"""Runs random programs under scopetrace and says where its answer is not the one that is right by construction.

    hunt.py BUILD [--seconds N | --programs N] [--seed N] [--cases N] …    looks for disagreements
    hunt.py BUILD --seed N --python P --anyio V … --case N [--shrink]      one of them again, smaller
    hunt.py BUILD --attach …                                               to programs that run already

Expected: nothing at warning or above of a clean case; of one with a fault that came to pass a finding of its rule that
names the place, and nothing of others. And every program prints what it prints untraced.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import faults
import generate

HERE = pathlib.Path(__file__).resolve().parent
NAMED = re.compile(r"_c(\d+)\b")


class Setting:
    """An interpreter, a version of AnyIO (None: without), and how scopetrace records."""

    def __init__(self, arguments, python, version, anyio, scopes):
        self.build, self.uvloop, self.attach = arguments.build, arguments.uvloop, arguments.attach
        self.real_time = arguments.real_time or self.uvloop  # which has a clock of its own
        self.python, self.version, self.anyio, self.scopes = python, version, anyio, scopes
        self.threads = arguments.threads
        self.target = generate.Target(tuple(map(int, version.split(".")[:2])), self.anyio_version(), self.real_time)

    def anyio_version(self):
        if self.anyio is None:
            return None
        folder = self.build / "python" / f"anyio-{self.anyio}"
        version = next(folder.glob("anyio-*.dist-info")).name.removeprefix("anyio-").split(".")
        return tuple(map(int, version[:2]))

    def uvloop_folder(self):
        return self.build / "python" / f"uvloop-py{'.'.join(self.version.split('.')[:2])}"

    def environment(self):
        path = [str(HERE)] + ([str(self.build / "python" / f"anyio-{self.anyio}")] if self.anyio else [])
        path += [str(self.uvloop_folder())] if self.uvloop else []
        path += filter(None, [os.environ.get("PYTHONPATH")])
        real = ({"REAL_TIME": "1"} if self.real_time else {}) | ({"UVLOOP": "1"} if self.uvloop else {})
        more = {"PYTHONPATH": ":".join(path), "PYTHONDONTWRITEBYTECODE": "1", "THREADS": str(self.threads)}
        return os.environ | more | real

    def __str__(self):
        return (f"--python {self.version} --scopes {self.scopes}" + (f" --anyio {self.anyio}" if self.anyio else "") +
                (" --uvloop" if self.uvloop else " --real-time" * self.real_time) + " --attach" * self.attach +
                f" --threads {self.threads}" * (self.threads > 1))


def run(setting, text, folder, traced=True):
    """What the program printed, and the findings; None: there was no report."""
    program, report = folder / "program.py", folder / "report.json"
    program.write_text(text)
    report.unlink(missing_ok=True)
    command = [setting.python, str(program)]
    if traced:
        command = [str(setting.build / "bin/scopetrace"), "run", "-f", f"json={report}", "--scopes", setting.scopes,
                   "--providers", str(HERE / "scopes.toml"), "--fail-on", "never", "--"] + command
    done = subprocess.run(command, env=setting.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=120, errors="replace")
    if not traced:
        return done.stdout if done.returncode == 0 else f"status {done.returncode}\n{done.stderr[-3000:]}", []
    if not report.exists() or done.returncode:
        return f"{done.stdout}\nstatus {done.returncode}\n{done.stderr[-3000:]}", None
    return done.stdout, json.loads(report.read_text())["findings"]


def attach(setting, text, folder):
    """The findings on cases that are run again and again; what they print does not matter."""
    program, report = folder / "program.py", folder / "report.json"
    program.write_text(text)
    report.unlink(missing_ok=True)
    target = subprocess.Popen([setting.python, str(program)], env=setting.environment() | {"REPEAT": "60"},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(random.uniform(0.5, 1.5))
        done = subprocess.run([str(setting.build / "bin/scopetrace"), "attach", "-f", f"json={report}", "--scopes",
                               setting.scopes, "--duration", "2", "--providers", str(HERE / "scopes.toml"),
                               "--fail-on", "never", str(target.pid)], stderr=subprocess.PIPE, text=True, timeout=120)
        if target.poll() is not None or not report.exists():
            return f"the program's status: {target.poll()}\n{done.stderr[-3000:]}", None
        return "", json.loads(report.read_text())["findings"]
    finally:
        target.kill()
        target.wait()


def is_known(finding):
    """What the libraries get wrong is not the program's."""
    return finding["known_issue"] is not None and finding["known_issue"]["id"].startswith(("anyio", "cpython"))


def case_of(finding):
    numbers = NAMED.findall(json.dumps(finding))
    return int(numbers[0]) if numbers else int((finding["test"] or "case -1").split()[-1])


def names_place(finding, number):
    # of a storm the scope is named that delivers, which may be one around the place
    text = re.sub(r"planted_\w+?_c", "planted_c", json.dumps(finding))
    return finding["rule"] == "cancel-storm" or f"planted_c{number}" in text


def is_of_fault(finding, number, kind):
    return kind is not None and finding["rule"] in faults.FAULTS[kind].rules and names_place(finding, number)


def is_fallout(finding, planted):
    """A child that has lost its group's request keeps a scope of AnyIO around that group busy."""
    return planted and finding["rule"] == "cancel-storm"


def judge(planted, came_to_pass, findings):
    """(case, what is wrong) of each."""
    right = set()
    for finding in findings:
        number = case_of(finding)
        told = f"{finding['rule']} ({finding['level']}): {finding['message']}"
        if finding["level"] == "note":
            continue
        if is_of_fault(finding, number, planted.get(number)):
            right.add(number)
        elif is_known(finding) or is_fallout(finding, number in planted):
            continue
        elif number in planted:
            yield number, f"not of the fault {planted[number]}: {told}"
        else:
            yield number, f"a clean case: {told}"
    for number in came_to_pass - right:
        yield number, f"nothing is said of the fault {planted.get(number)}"


def disagreements(setting, text, planted, folder):
    timeless = not setting.real_time and not setting.attach and setting.threads == 1
    plain = run(setting, text, folder, traced=False)[0] if timeless else None
    printed, findings = (attach if setting.attach else run)(setting, text, folder)
    if findings is None:
        return [(-1, printed)]
    if plain is not None and plain != printed and not prints_that_too(setting, text, printed, folder):
        return [(different_case(plain, printed), "it prints something else than untraced")]
    came_to_pass = {int(number) for number in re.findall(r"^planted (\d+)", printed, re.M)}
    return sorted(set(judge(planted, came_to_pass, findings)))


def prints_that_too(setting, text, printed, folder):
    """Who goes first of a set of tasks is decided by where they lie in memory; so other places are tried. Each case is
    looked at by itself: they do not know of each other."""
    left = set(re.split(r"^(?=case )", printed, flags=re.M))
    for places in range(40):
        os.environ["OTHER_PLACES"] = str(places)
        left -= set(re.split(r"^(?=case )", run(setting, text, folder, traced=False)[0], flags=re.M))
        if not left:
            break
    os.environ.pop("OTHER_PLACES")
    return not left


def different_case(one, other):
    number = -1
    for mine, theirs in zip(one.splitlines(), other.splitlines()):
        if mine != theirs:
            break
        number = int(mine.split()[1]) if mine.startswith("case ") else number
    return number


def shrink(setting, seed, number, kinds, folder):
    """Leaves out what the disagreement does without."""
    def text_without(skip):
        return generate.program(seed, [number], setting.target, kinds, skip)

    def kept(skip, kind=None):
        found = disagreements(setting, *text_without(skip), folder)
        return [words.split(":")[:2] for _, words in found] == kind if kind else found

    kind = [words.split(":")[:2] for _, words in kept(())]
    assert kind, "this case alone shows nothing"
    skip = set()
    case = generate.Case(seed, number, setting.target)
    case.text()
    for path, _ in sorted(case.slots, key=lambda slot: slot[0].count(".")):
        if not any(path.startswith(other + ".") for other in skip) and kept(skip | {path}, kind):
            skip.add(path)
    return text_without(skip)[0]


def settings(build, arguments):
    """All combinations that are asked for."""
    pythons = [line.split() for line in (build / "pythons.txt").read_text().splitlines()]
    chosen = [(path, version) for path, version in pythons if not arguments.python or version in arguments.python]
    versions = [None if name == "none" else name for name in arguments.anyio]
    missing = [name for name in versions if name and not (build / "python" / f"anyio-{name}").is_dir()]
    result = [Setting(arguments, path, version, anyio, scopes) for scopes in arguments.scopes
              for anyio in versions if anyio not in missing for path, version in chosen]
    result = [setting for setting in result if not setting.uvloop or setting.uvloop_folder().is_dir()]
    random.Random(1).shuffle(result)
    return result


def parse(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--programs", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--case", type=int)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--python", action="append")
    parser.add_argument("--anyio", action="append")
    parser.add_argument("--scopes", action="append")
    parser.add_argument("--faults", choices=["none", *faults.FAULTS], action="append")
    parser.add_argument("--real-time", action="store_true")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--attach", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path)
    result = parser.parse_args(arguments)
    result.build = result.build.resolve()
    result.scopes = result.scopes or ["all", "lazy"]
    result.anyio = result.anyio or ["newest", "none"]
    return result


def hunt(arguments, folder):
    kinds = [kind for kind in arguments.faults or faults.FAULTS if kind != "none"]
    every = settings(arguments.build, arguments)
    if not every:
        print("no interpreter")
        return 77
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    end, done, wrong = time.monotonic() + arguments.seconds, 0, 0
    while done < arguments.programs if arguments.programs else time.monotonic() < end:
        setting = every[done % len(every)]
        numbers = range(arguments.cases) if arguments.case is None else [arguments.case]
        if arguments.shrink:
            print(shrink(setting, seed, arguments.case, kinds, folder))
            return 1
        found = disagreements(setting, *generate.program(seed, numbers, setting.target, kinds), folder)
        for number, words in found:
            print(f"--seed {seed} {setting} --case {number}: {words}", flush=True)
        done, wrong, seed = done + 1, wrong + len(found), seed + 1
    print(f"{done} programs of {arguments.cases} cases, {wrong} disagreements")
    return 1 if wrong else 0


def main():
    arguments = parse(sys.argv[1:])
    if arguments.folder:
        arguments.folder.mkdir(exist_ok=True)
        return hunt(arguments, arguments.folder)
    with tempfile.TemporaryDirectory() as folder:
        return hunt(arguments, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
