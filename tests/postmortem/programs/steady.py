# SPDX-License-Identifier: MIT
"""Says "ready", then starts and cancels tasks until a line comes, and leaves one that nobody waits for."""

import asyncio
import sys


async def child():
    await asyncio.sleep(10)


async def forgotten():
    await asyncio.sleep(100)


async def round():
    task = asyncio.create_task(child())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


async def main():
    loop = asyncio.get_running_loop()
    line = loop.run_in_executor(None, sys.stdin.readline)
    keep = asyncio.create_task(forgotten())
    for _ in range(200):
        await round()
    print("ready", flush=True)
    rounds = 200
    while not line.done():
        await round()
        rounds += 1
        await asyncio.sleep(0.001)
    print("rounds", rounds, flush=True)
    keep.cancel()


asyncio.run(main())
