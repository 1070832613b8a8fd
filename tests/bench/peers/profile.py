# SPDX-License-Identifier: MIT
"""Peer: logs each call of a function with its time, by sys.setprofile."""
import sys
import time

import _program

file = open("/dev/null", "w", encoding="utf-8")


def note(frame, event, argument):
    if event == "call":
        code = frame.f_code
        file.write(f"{time.time_ns()} {code.co_filename} {code.co_firstlineno} {code.co_qualname}\n")


sys.setprofile(note)
_program.run()
