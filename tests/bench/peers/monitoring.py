# SPDX-License-Identifier: MIT
"""Peer: logs each call of a function with its time, by sys.monitoring (from 3.12 on)."""
import sys
import time

import _program

file = open("/dev/null", "w", encoding="utf-8")


def note(code, offset):
    file.write(f"{time.time_ns()} {code.co_filename} {code.co_firstlineno} {code.co_qualname}\n")


sys.monitoring.use_tool_id(3, "logger")
sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, note)
sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
_program.run()
