# SPDX-License-Identifier: MIT
"""Looks after a worker that has loaded asyncio, and has no task itself: looks_after.py [asyncio|--plain]

It has loaded asyncio, too; or the worker has not. Writes the worker's number to standard output, and ends
with its parent.
"""
import os
import subprocess
import sys
import time

WORKER = """
import asyncio, os
print(os.getpid(), flush=True)
os.read(0, 1)
"""

if sys.argv[1:] == ["asyncio"]:
    import asyncio  # noqa: F401
elif sys.argv[1:]:
    WORKER = WORKER.replace("asyncio, ", "")

with subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE) as worker:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.02)
