# SPDX-License-Identifier: MIT
"""Peer: logs each call of a function with its time, by sys.monitoring or, before 3.12, sys.setprofile."""
import runpy
import sys
import time

log = open("/dev/null", "w", encoding="utf-8")


def note(code):
    log.write(f"{time.time_ns()} {code.co_filename} {code.co_firstlineno} {code.co_qualname}\n")


if hasattr(sys, "monitoring"):
    sys.monitoring.use_tool_id(3, "logger")
    sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, lambda code, offset: note(code))
    sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
else:
    sys.setprofile(lambda frame, event, argument: note(frame.f_code) if event == "call" else None)

sys.argv.pop(0)
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
