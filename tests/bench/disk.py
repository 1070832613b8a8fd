#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the web server of the benchmarks (workloads/web.py) writes: disk per hour in each mode, at a steady rate of requests,
and the bytes of each kind of event beside the least that they could be. Tables go to standard output, as Markdown.

    disk.py COMMAND PYTHON
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "tracepoints/schema.h"
USUAL = 1_000  # requests of web.py with size 1
RATE = 100
# The difference of two runs is what the requests take, without the start.
SHORT, LONG = 6, 21
MODES = {
    "recording all": ["--scopes=all"],
    "recording lazy": ["--scopes=lazy"],
    "flight recorder, lazy": ["--scopes=lazy", "--flight-recorder=16M"],
    "all, `--native`": ["--scopes=all", "--native"],
}
SIZES = {"U8": 1, "U32": 4, "U64": 8, "F64": 8}
NUMBERS = ("U8", "U32", "U64")


def start(command, python, trace, mode, requests, **environment):
    return subprocess.Popen([command, "record", "-q", "-o", trace, *MODES[mode], "--", python,
                             HERE / "workloads/web.py", str(requests / USUAL)], env=os.environ | environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def finish(recording, what):
    if recording.wait(120) != 0:
        sys.exit(f"disk.py: {what} failed with status {recording.returncode}")


def size_of(trace):
    return sum(path.stat().st_size for path in trace.rglob("*") if path.is_file())


def record_paced(command, python, folder):
    """Bytes of each mode's trace, after SHORT and after LONG seconds. All at once: there is no time in it."""
    running = {}
    for number, mode in enumerate(MODES):
        for seconds in (SHORT, LONG):
            trace = folder / f"{number}-{seconds}"
            running[mode, seconds] = trace, start(command, python, trace, mode, seconds * RATE, BENCH_RATE=str(RATE))
    sizes = {}
    for (mode, seconds), (trace, recording) in running.items():
        finish(recording, mode)
        sizes[mode, seconds] = size_of(trace)
    return sizes


def print_disk(sizes):
    print(f"\n**disk, FastAPI on uvicorn at {RATE} requests/s**\n")
    print("| | bytes per request | MB per hour |\n|---|---|---|")
    for mode, options in MODES.items():
        per_second = (sizes[mode, LONG] - sizes[mode, SHORT]) / (LONG - SHORT)
        if any("flight" in option for option in options):
            print(f"| {mode} | | none; {sizes[mode, LONG] / 1e6:.1f} MB when it was read out after {LONG} s |")
        else:
            print(f"| {mode} | {per_second / RATE:.0f} | {per_second * 3600 / 1e6:.0f} |")


def schema():
    """Of each event: its fields, as (shape, name)."""
    text = SCHEMA.read_text().replace("\\\n", " ")
    lists = {name: re.findall(r"\b(U8|U32|U64|F64|STR|ADDRS)\((\w+)\)", fields)
             for name, fields in re.findall(r"#define SCOPETRACE_(?:FIELDS_)?(\w+)\([^)]*\)(.*)", text)}
    common = lists.pop("COMMON")
    return {name: common + fields for name, fields in lists.items()}


def written(shape, value):
    """Bytes that a field takes."""
    if shape == "STR":
        return len(value.encode()) - 1  # less the quotation marks, and with its end
    return SIZES[shape] if shape in SIZES else 4 + 8 * value.count("0x")


def least(shape, value):
    """Bytes of a number of which seven bits each stand in a byte, and no more of them than it has."""
    return max(1, -(-int(value).bit_length() // 7)) if shape in NUMBERS else written(shape, value)


def count_events(trace, events):
    """Of each kind of event: how many, the bytes of their fields, and the least that these could be."""
    counts = collections.defaultdict(lambda: [0, 0, 0])
    text = subprocess.run(["babeltrace2", trace], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        name = re.search(r" scopetrace:(\w+): ", line)[1]
        values = dict(re.findall(r'(\w+) = ("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,\s]+)', line))
        row = counts[name]
        row[0] += 1
        for shape, field in events[name]:
            row[1] += written(shape, values.get(field, ""))
            row[2] += least(shape, values.get(field, ""))
    return counts


def print_events(counts, size, requests):
    total = [sum(column) for column in zip(*counts.values())]
    print(f"\n**bytes per event, FastAPI on uvicorn, {requests} requests, recording all**\n")
    print("| event | per request | fields | at least | on disk |\n|---|---|---|---|---|")
    for name, (count, fields, short) in sorted(counts.items(), key=lambda item: -item[1][1]):
        if count > requests / 100:
            print(f"| {name} | {count / requests:.2f} | {fields / count:.1f} | {short / count:.1f} | |")
    count, fields, short = total
    print(f"| all | {count / requests:.2f} | {fields / count:.1f} | {short / count:.1f} | {size / count:.1f} |")


def main(command, python):
    with tempfile.TemporaryDirectory(prefix="scopetrace-disk-") as name:
        folder = pathlib.Path(name)
        print_disk(record_paced(command, python, folder))
        finish(start(command, python, folder / "fast", "recording all", USUAL), "recording all")
        print_events(count_events(folder / "fast", schema()), size_of(folder / "fast"), USUAL)


if __name__ == "__main__":
    main(*sys.argv[1:])
