# SPDX-License-Identifier: MIT
"""Peer: patched methods whose lines, with the time, go into a file."""
import time

import _patching
import _program

file = open("/dev/null", "w", encoding="utf-8")
_patching.patch_all(lambda line: file.write(f"{time.time_ns()} {line}\n"))
_program.run()
