# SPDX-License-Identifier: MIT
"""core.py HOW: tasks in scopes, one of them cancelled and slow, another cancelled by its timeout; then the end.

HOW: segv or abort to die of that signal, wait to say "ready" and stay.
"""

import asyncio
import ctypes
import os
import sys
import threading


async def worker():
    try:
        async with asyncio.timeout(60):
            await asyncio.sleep(30)
    except asyncio.CancelledError:
        async with asyncio.timeout(50):
            await asyncio.sleep(20)


async def late():
    async with asyncio.timeout(0.005):
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            await asyncio.sleep(20)


async def stop(task):
    task.cancel("enough")


def end(how):
    if how == "segv":
        ctypes.string_at(8)
    if how == "abort":
        os.abort()
    print("ready", flush=True)
    threading.Event().wait()


async def main():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker(), name="worker")
        group.create_task(late(), name="late")
        await asyncio.sleep(0.05)
        await asyncio.create_task(stop(task), name="stopper")
        await asyncio.sleep(0.05)
        async with asyncio.timeout(40):
            end(sys.argv[1])


asyncio.run(main())
