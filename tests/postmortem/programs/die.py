# SPDX-License-Identifier: MIT
"""die.py HOW: cancels a worker that is slow to clean up, enters more scopes, and dies in the middle of it."""

import asyncio
import faulthandler
import os
import signal
import sys


async def worker():
    try:
        async with asyncio.timeout(60):
            await asyncio.sleep(30)
    except asyncio.CancelledError:
        async with asyncio.timeout(50):
            await asyncio.sleep(20)


async def stop(task):
    task.cancel("enough")


def die(how):
    if how == "exit":
        os._exit(0)
    if how == "segv":
        faulthandler._sigsegv()
    if how == "oom":
        hoard = []
        while True:
            hoard.append(b"x" * 16_000_000)
    os.kill(os.getpid(), signal.SIGKILL)


async def main():
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker())
        await asyncio.sleep(0.01)
        await asyncio.create_task(stop(task), name="stopper")
        await asyncio.sleep(0.01)
        async with asyncio.timeout(40):
            die(sys.argv[1])


asyncio.run(main())
