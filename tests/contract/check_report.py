"""Reads JSON reports as a tool does that was written from the contract (scopetrace-report/1) and from nothing else, and
says where they differ: a key that is missing, in another place, or of another kind. Keys that the contract does not know
may be added to its objects, but never replace one of its keys. Arguments: files.

  check_report.py FILE…            reports without --tree
  check_report.py --tree FILE…     with it
"""
import json
import re
import sys
import unicodedata

RULES = {"leaked-cancel", "stolen-cancel", "extra-uncancel", "swallowed-cancel", "unmatched-cancel", "cancel-storm",
         "wrong-task", "misnested-scope", "abandoned-scope", "lost-events"}
LEVELS = ["error", "warning", "note"]
LONGEST = 2 ** 63 - 1


class Fault(Exception):
    pass


def fail(where, why, value):
    raise Fault(f"{where or 'the report'}: {why}: {json.dumps(value)[:200]}")


# A kind is a function of (where, value) that fails, or returns.

def number(least):
    def check(where, value):
        if type(value) is not int or not least <= value <= LONGEST:
            fail(where, f"no number from {least} on", value)
    return check


def text(where, value):
    if type(value) is not str:
        fail(where, "no text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        fail(where, "half of a surrogate pair", value)


def some_text(where, value):
    text(where, value)
    if not value:
        fail(where, "empty", value)


def matching(pattern):
    def check(where, value):
        some_text(where, value)
        if not re.fullmatch(pattern, value):
            fail(where, f"not {pattern}", value)
    return check


def one_of(values):
    def check(where, value):
        if type(value) is not str or value not in values:
            fail(where, f"none of {', '.join(sorted(values))}", value)
    return check


def or_null(kind):
    return lambda where, value: value is None or kind(where, value)


def array(kind):
    def check(where, value):
        if type(value) is not list:
            fail(where, "no array", value)
        for index, item in enumerate(value):
            kind(f"{where}[{index}]", item)
    return check


def record(**keys):
    """An object that has all of these keys."""
    def check(where, value):
        if type(value) is not dict:
            fail(where, "no object", value)
        for key, kind in keys.items():
            if key not in value:
                fail(where, f"has no {key}", value)
            kind(f"{where}.{key}".lstrip("."), value[key])
    return check


def texts_by_name(where, value):
    if type(value) is not dict:
        fail(where, "no object", value)
    for key, version in value.items():
        some_text(where, key)
        or_null(text)(f"{where}.{key}", version)


def scopes(where, value):
    array(scope_of_tree)(where, value)


frame = record(file=or_null(text), line=or_null(number(1)), function=or_null(text))
native_frame = record()
moment = or_null(record(time_ns=or_null(number(1)), task=or_null(record(id=number(1), name=or_null(text))),
                        scope_id=or_null(number(1)), reason=or_null(text), stack=or_null(array(frame)),
                        native_stack=or_null(array(native_frame))))
process = record(host=or_null(text), pid=number(1), python=or_null(text), packages=texts_by_name)
finding = record(
    rule=one_of(RULES), level=one_of(LEVELS), confidence=one_of({"certain", "likely", "possible"}), count=number(1),
    message=some_text, fingerprint=some_text, test=or_null(text), process=or_null(process),
    task=or_null(record(id=number(1), name=or_null(text), coroutine=or_null(text))),
    scope=or_null(record(id=number(1), kind=or_null(text))),
    counter=record(before=or_null(number(0)), after=or_null(number(0))),
    entered=moment, cancelled=moment, delivered=moment, exited=moment,
    consequences=array(record(message=some_text, at=moment)),
    known_issue=or_null(record(id=some_text, url=matching("https://.+"), fixed_in=or_null(some_text),
                               advice=or_null(some_text))))
scope_of_tree = record(id=number(1), kind=or_null(text), entered=moment, children=scopes)
task_of_tree = record(process=number(1), id=number(1), parent=or_null(number(1)), name=or_null(text),
                      coroutine=or_null(text), end=one_of({"finished", "cancelled", "failed", "open", "unknown"}),
                      counter_max=or_null(number(0)), counter_last=or_null(number(0)), scopes=scopes)
whole = record(
    schema=one_of({"scopetrace-report/1"}), tool=record(name=one_of({"scopetrace"}), version=some_text),
    summary=record(processes=number(0), tasks=number(0), scopes=number(0), events=number(0), lost_events=number(0),
                   findings=record(error=number(0), warning=number(0), note=number(0))),
    findings=array(finding))


def check_sense(report):
    """What the keys say of each other."""
    levels = [each["level"] for each in report["findings"]]
    if levels != sorted(levels, key=LEVELS.index):
        fail("findings", "not the most serious first", levels)
    for level in LEVELS:
        if levels.count(level) != report["summary"]["findings"][level]:
            fail(f"summary.findings.{level}", f"there are {levels.count(level)}", report["summary"]["findings"])


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        fail("", "a key twice in one object", keys)
    return dict(pairs)


def no_constant(word):
    raise Fault(f"{word} is no JSON")


def check_visible(data):
    """Nothing in it that a terminal or an editor would obey."""
    for character in set(data):
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and \
                character not in "\u200c\u200d":
            raise Fault(f"U+{ord(character):04X} as it is")


def check(data, with_tree):
    """Fails with Fault or ValueError. data: bytes."""
    data = data.decode("utf-8", "strict")
    check_visible(data)
    report = json.loads(data, object_pairs_hook=once, parse_constant=no_constant)
    whole("", report)
    check_sense(report)
    if ("tasks" in report) != with_tree:
        fail("", "has tasks" if "tasks" in report else "has no tasks", list(report))
    if with_tree:
        array(task_of_tree)("tasks", report["tasks"])


def main(arguments):
    with_tree = arguments[:1] == ["--tree"]
    faults = 0
    for name in arguments[with_tree:]:
        try:
            with open(name, "rb") as file:
                check(file.read(), with_tree)
        except (Fault, ValueError, OSError) as error:
            faults += 1
            print(f"{name}: {error}")
    print(f"{len(arguments) - with_tree - faults} right, {faults} wrong")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
