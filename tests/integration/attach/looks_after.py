# SPDX-License-Identifier: MIT
"""Looks after a worker that has loaded asyncio, and has no task itself: looks_after.py [asyncio]

With the argument it has loaded asyncio, too. Writes the worker's number to standard output, and ends
with its parent.
"""
import os
import subprocess
import sys
import time

for name in sys.argv[1:]:
    __import__(name)

WORKER = """
import asyncio, os
print(os.getpid(), flush=True)
os.read(0, 1)
"""

with subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE) as worker:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.02)
