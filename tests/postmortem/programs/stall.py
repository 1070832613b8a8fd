# SPDX-License-Identifier: MIT
"""Two processes on one CPU: the victim cancels tasks until it is killed, then the other one does for a while."""

import asyncio
import os
import subprocess
import sys


async def child():
    await asyncio.sleep(10)


async def round():
    task = asyncio.create_task(child())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def victim():
    await round()
    print("victim", os.getpid(), flush=True)
    while True:
        await round()


async def survivor(process):
    for _ in range(10):
        await round()
    while process.poll() is None:
        await asyncio.sleep(0.01)
    for _ in range(50):
        await round()
    print("done", flush=True)


if sys.argv[1:] == ["victim"]:
    asyncio.run(victim())
else:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asyncio.run(survivor(subprocess.Popen([sys.executable, __file__, "victim"])))
