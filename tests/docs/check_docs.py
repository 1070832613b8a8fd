# SPDX-License-Identifier: MIT
"""What the pages say against what is there: options, verbs, rules, events, what describes a scope class, links, and
the man page against --help.

check_docs.py SCOPETRACE SOURCE-FOLDER MAN-PAGE
"""
import pathlib
import re
import subprocess
import sys

command, source, man_page = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
pages = [source / "README.md", source / "CONTRIBUTING.md", *sorted((source / "docs").rglob("*.md"))]

# Of lttng, babeltrace2, cmake, dev, docker, pip and others that the pages speak of.
OTHERS = set("""--output --live --live-port --set-url --shm-path --subbuf-size --num-subbuf --blocking-timeout
    --buffers-pid --snapshot --trace-format --component --params --plugin-path --install --sanitize --build --gpg
    --test-dir --output-on-failure --cap-add""".split())

wrong = []


def output(*arguments):
    return subprocess.run([command, *arguments], capture_output=True, text=True, check=True).stdout


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text))


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


commands = re.findall(r"^  ([a-z]+)", output("--help").split("Commands:")[1].split("Begin with:")[0], re.M)
helps = {name: output(name, "--help") for name in commands}
offered = {option for text in helps.values()
           for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.M)}
check(len(commands) >= 10 and len(offered) >= 30, f"--help lists {len(commands)} commands, {len(offered)} options")

# The man page has what --help has, and nothing else.
man = man_page.read_text().replace("\\-", "-")
listed = {option for line in re.findall(r"^\.B (-.*)$", man, re.M) for option in options_in(line)}
for option in sorted(offered - listed):
    wrong.append(f"{man_page.name}: lacks {option}")
for option in sorted(listed - offered):
    wrong.append(f"{man_page.name}: {option} is not in --help")
for name in commands:
    check(f'"scopetrace {name}"' in man, f"{man_page.name}: lacks the command {name}")

# Pages speak of options that exist, also the man page's own text.
for page in [*pages, man_page]:
    text = man if page == man_page else page.read_text()
    for option in sorted(options_in(text) - offered - OTHERS - {"--help", "--version", "--completions"}):
        wrong.append(f"{page.name}: {option} is no option of any command")

# README names every command and every rule; each rule has its page.
rules = re.findall(r"^([a-z-]+) ", output("explain"), re.M)
readme = (source / "README.md").read_text()
for name in commands:
    check(f"scopetrace {name} " in readme, f"README.md: does not name the command {name}")
for rule in rules:
    check(f"`{rule}`" in readme, f"README.md: does not name the rule {rule}")
    check((source / "docs/rules" / f"{rule}.md").exists(), f"docs/rules: has no page of {rule}")

# CONTRIBUTING names every verb of ./dev.
contributing = (source / "CONTRIBUTING.md").read_text()
verbs = [file.stem.replace("-", " ", 1) for file in (source / "dev.d").glob("*.sh")]
check(len(verbs) > 10, f"dev.d has {len(verbs)} verbs")
for verb in sorted(set(verbs) - {"demo", "packages"}):
    check(f"./dev {verb} " in contributing, f"CONTRIBUTING.md: does not name ./dev {verb}")

# Lines fit into an editor, but for tables and what a benchmark writes of its machine.
for page in [*pages, source / "CHANGELOG.md", source / "docs/man/scopetrace.1.in"]:
    for number, line in enumerate(page.read_text().splitlines(), 1):
        check(len(line) <= 120 or line.startswith(("|", "Made by ")), f"{page.name}:{number}: longer than 120 columns")

# events.md has a row for every event, and in it every field.
schema = (source / "tracepoints/schema.h").read_text()
rows = dict(re.findall(r"^\| `(\w+)` (\|.*)$", (source / "docs/events.md").read_text(), re.M))
version = re.search(r"SCHEMA_VERSION (\d+)", (source / "tracepoints/values.h").read_text())[1]
events = re.findall(r"define SCOPETRACE_FIELDS_(\w+)\([^)]*\)((?:.*\\\n)*.*)", schema)
check(len(events) >= 25, f"schema.h has {len(events)} events")
check(f"schema version {version}." in (source / "docs/events.md").read_text(), f"events.md: is not of version {version}")
for event, fields in events:
    check(event in rows, f"events.md: lacks {event}")
    for field in re.findall(r"\b[A-Z]\w+\((\w+)\)", fields):
        check(f"`{field}`" in rows.get(event, ""), f"events.md: {event} lacks {field}")

# providers.md has what the file may say of a class.
described = (source / "docs/providers.md").read_text()
tables = (source / "cli/config/providers.c").read_text().split("/* What is being read. */")[0]
words = re.findall(r'\{"([a-z-]+)"', tables)
check(len(words) >= 19, f"providers.c has {len(words)} words")
for word in words:
    check(f"`{word}`" in described, f"providers.md: lacks {word}")

# json.md, and post-mortem.md of its part, name every key that is written.
keys = set(re.findall(r'json_object_set(?:_new)?\(\w+, "(\w+)"', "".join(
    (source / file).read_text() for file in ("analyzer/reports/json.c", "cli/attach/picture_write.c"))))
pages_of_keys = "".join((source / "docs" / page).read_text() for page in ("json.md", "post-mortem.md"))
check(len(keys) > 60, f"json.c has {len(keys)} keys")
for key in sorted(keys):
    check(re.search(rf'[`"]{key}[`"]', pages_of_keys), f"json.md: lacks {key}")

# Links lead somewhere.
for page in pages:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            check((page.parent / target).exists(), f"{page.name}: {target} is not there")
linked = {(page.parent / target).resolve() for page in pages
          for target in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in target}
for page in sorted((source / "docs").glob("*.md")):
    check(page.resolve() in linked, f"{page.name}: no page links to it")

# Tables are tables: each row has as many cells as the first.
for page in pages:
    block = []
    for line in [*page.read_text().splitlines(), ""]:
        if line.startswith("|"):
            block.append(len(re.sub(r"`[^`]*`|\\\|", "", line).split("|")))
        else:
            check(len(set(block)) < 2, f"{page.name}: a table has rows of {sorted(set(block))} cells")
            block = []

print("\n".join(wrong) or f"{len(pages)} pages, {len(offered)} options: right")
sys.exit(bool(wrong))
