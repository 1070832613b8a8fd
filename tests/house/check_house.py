# SPDX-License-Identifier: MIT
"""The walls of CONTRIBUTING.md against the sources: who may include whom, what is internal to whom, which libraries
are used where, and that every header says where it runs.

check_house.py SOURCE-FOLDER
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
PRODUCT = ["tracepoints", "preload", "analyzer", "plugin", "cli"]

# A folder, or a file: what is below it, unless it has a line of its own here, may include what is below these, and
# what falls under the same line.
ARROWS = {
    "tracepoints": [],
    "preload/control.h": [],
    "preload": ["preload/control.h"],
    "preload/entry": ["preload/interposed", "preload/bridge.h", "preload/control.h", "preload/slot.h",
                      "preload/stat_line.h"],
    "preload/interposed": ["preload/bridge.h", "preload/stat_line.h"],
    "preload/agent": ["preload/interposed", "preload/bridge.h", "preload/control.h", "preload/slot.h",
                      "preload/stat_line.h", "preload/tables.h", "tracepoints"],
    "analyzer/core": ["tracepoints/values.h"],
    "analyzer/rules": ["analyzer/core"],
    "analyzer/policy": ["analyzer/core"],
    "analyzer/symbols": ["analyzer/core"],
    "analyzer/reports": ["analyzer/core"],
    "analyzer/sources": ["analyzer/core", "tracepoints/schema.h"],
    "plugin": ["analyzer"],
    "cli": ["cli", "analyzer", "preload/control.h"],
    "cli/config": ["analyzer", "cli", "preload/control.h", "tracepoints/values.h"],
    "cli/core_file": ["analyzer", "cli", "preload/tables.h"],
}

# Headers of libraries: the folders and files that may include them.
LIBRARIES = {
    "babeltrace2/": ["analyzer/sources/babeltrace", "plugin"],
    "Python.h": ["preload/agent"],
    "structmember.h": ["preload/agent"],
    "lttng/ust": ["preload/agent", "tracepoints"],
    "lttng/tracepoint": ["tracepoints"],
    "lttng/": ["preload/agent", "tracepoints", "cli/main.c", "cli/session"],
    "uthash.h": ["preload"],
    "glib": ["analyzer", "cli", "plugin"],
    "jansson.h": ["analyzer/reports", "analyzer/policy", "cli/config", "cli/main.c"],
    "toml++/": ["cli/config/toml.cpp"],
    "elfutils/": ["analyzer/symbols", "cli/core_file"],
    "gelf.h": ["analyzer/symbols", "cli/attach/elf_file.c", "cli/core_file"],
    "libunwind": ["preload/agent/native_stack.c", "cli/attach/where.c"],
}

wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def within(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def narrowest(path, table):
    return max((place for place in table if within(path, [place])), key=len, default=None)


def text_of(path):
    return (source / path).read_text()


files = sorted(str(file.relative_to(source)) for folder in PRODUCT
               for file in (source / folder).rglob("*") if file.suffix in (".c", ".h", ".cpp"))
check(len(files) > 300, f"only {len(files)} files were found below {source}")
included = set()
arrows = set()

for file in files:
    text = text_of(file)
    place = narrowest(file, ARROWS)
    for target in re.findall(r'^#\s*include "([^"]+)"', text, re.M):
        included.add(target)
        to = narrowest(target, ARROWS)
        arrows.add((place, to))
        check((source / target).is_file(), f'{file}: "{target}" is not written from the root')
        check(to == place or within(target, ARROWS[place]), f"{file} must not include {target}: see CONTRIBUTING.md")
        if (source / target).is_file() and (internal := re.search(r"Internal to ([\w/]+)(?: and ([\w/]+))?", text_of(target))):
            owners = [owner for owner in internal.groups() if owner]
            check(within(file, owners), f"{file} must not include {target}, which is internal to {' and '.join(owners)}")
    for library in re.findall(r"^#\s*include <([^>]+)>", text, re.M):
        name = max((name for name in LIBRARIES if library.startswith(name)), key=len, default=None)
        check(not name or within(file, LIBRARIES[name]), f"{file} must not include <{library}>")

# Headers say where they run, and somebody wants them.
for file in files:
    if file.endswith(".h"):
        check(re.search(r"Runs in: ", text_of(file)), f"{file} does not say where it runs")
        check(file in included, f"nobody includes {file}")

# The page names every folder.
page = (source / "CONTRIBUTING.md").read_text()
for folder in sorted({str(pathlib.PurePath(file).parent) for file in files} - {"preload", "analyzer", "cli"}):
    check(re.search(rf"^    {folder}/ ", page, re.M), f"CONTRIBUTING.md does not say what belongs into {folder}/")
for header in sorted((source / "preload").glob("*.h")):
    check(f"    preload/{header.name} " in page, f"CONTRIBUTING.md does not say what preload/{header.name} is")

print("\n".join(wrong) or f"{len(files)} files, {len(arrows)} arrows: right")
sys.exit(bool(wrong))
