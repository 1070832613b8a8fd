# SPDX-License-Identifier: MIT
"""Peer: patched methods whose lines, with the time, go into a file. With an argument `--stacks` before the program, the
lines have the whole stack."""
import sys
import time

import _patching
import _program

where = _patching.caller
if sys.argv[1] == "--stacks":
    del sys.argv[1]
    where = _patching.stack
file = open("/dev/null", "w", encoding="utf-8")
_patching.patch_all(lambda line: file.write(f"{time.time_ns()} {line}\n"), where)
_program.run()
