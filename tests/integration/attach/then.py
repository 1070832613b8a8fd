# SPDX-License-Identifier: MIT
"""Waits in an event loop until it has been attached to, runs another program, and then cancels what swallows that.

Run with a file to wait for, the program and its arguments. Writes what came of it into GO.end, and goes on until there
is GO.over.
"""
import asyncio
import os
import runpy
import sys
import traceback

GO = sys.argv[1]


def tell(name, text=""):
    with open(f"{GO}.new", "w") as file:
        file.write(text)
    os.rename(f"{GO}.new", f"{GO}.{name}")


async def told(path):
    while not os.path.exists(path):
        await asyncio.sleep(0.01)


async def ignores():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        for _ in range(20):
            await asyncio.sleep(0.001)


async def cancels():
    task = asyncio.create_task(ignores())
    await asyncio.sleep(0.01)
    task.cancel()
    await task


def run(work):
    pid = os.getpid()
    try:
        work()
        asyncio.run(cancels())
    except Exception:
        if os.getpid() != pid:
            raise
        return traceback.format_exc()
    return "fine"


def main(work):
    tell("at")
    asyncio.run(told(GO))
    tell("end", run(work))
    asyncio.run(told(f"{GO}.over"))


def program():
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main(program)
