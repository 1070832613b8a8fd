# SPDX-License-Identifier: MIT
"""A server's measurement while clients in another process, which nothing watches, ask it: on connections that stay
open, and that were used before."""
import asyncio
import os
import sys

from _measure import Measured

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_clients.py")
OURS = ("LD_PRELOAD", "SCOPETRACE", "PYTHONASYNCIODEBUG")


async def under_load(kind, port, requests):
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    clients = await asyncio.create_subprocess_exec(sys.executable, CLIENTS, kind, str(port), str(requests), env=environment,
                                                   stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    if await clients.stdout.readline() != b"ready\n":
        raise RuntimeError("the clients do not run")
    with Measured(requests) as measured:
        clients.stdin.write(b"now\n")
        p50, p99 = (await clients.stdout.readline()).split()
        measured.waits = float(p50), float(p99)
    await clients.wait()
