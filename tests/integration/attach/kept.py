# SPDX-License-Identifier: MIT
"""Workers that end when they are cancelled, again and again, and are kept for a while: their memory is used anew later.
kept.py FILE: makes the file when as many are kept as ever will be."""
import asyncio
import collections
import sys
import time

kept = collections.deque(maxlen=20)


async def worker():
    try:
        await asyncio.sleep(9)
    finally:
        await asyncio.sleep(0.002)


async def batch():
    tasks = [asyncio.create_task(worker()) for _ in range(8)]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    kept.append(tasks)
    for _ in range(6):
        await asyncio.sleep(0)


async def main():
    for _ in range(kept.maxlen):
        await batch()
    open(sys.argv[1], "w").close()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        await batch()


asyncio.run(main())
