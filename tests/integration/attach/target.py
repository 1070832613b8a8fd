# SPDX-License-Identifier: MIT
"""A program to be attached to: attach_target.py MODE STATE-FILE

Keeps the state file up to date, one line of JSON: how often it beat, the longest and the typical pause of its
heartbeat in milliseconds since the file `STATE-FILE.reset` was last touched, and whether any method is hooked.
"""
import asyncio
import json
import mmap
import os
import sys
import threading
import time
import zlib

MODE, STATE = sys.argv[1:3]


class Beat:
    def __init__(self):
        self.count = 0
        self.gaps = []
        self.last = self.written = time.perf_counter()

    def __call__(self):
        now = time.perf_counter()
        self.gaps.append(now - self.last)
        self.last = now
        self.count += 1
        if self.count % 20 == 0 or now - self.written > 0.5:
            self.write()
            self.last = self.written = time.perf_counter()

    def write(self):
        if os.path.exists(STATE + ".reset"):
            os.unlink(STATE + ".reset")
            self.gaps.clear()
        gaps = sorted(self.gaps) or [0]
        with open(STATE + ".new", "w") as file:
            json.dump({"beats": self.count, "worst": gaps[-1] * 1e3, "usual": gaps[len(gaps) // 2] * 1e3,
                       "hooks": hooks()}, file)
        os.rename(STATE + ".new", STATE)


TASK = dict(vars(asyncio.Task))


def hooks():
    """Names of methods that are not the original ones, and of the import system's."""
    found = [name for name, value in vars(asyncio.Task).items() if value is not TASK[name]]
    found += [name for name, value in vars(asyncio.Timeout).items() if type(value).__name__ == "hook"]
    anyio = sys.modules.get("anyio._backends._asyncio")
    if anyio:
        found += [name for name, value in vars(anyio.CancelScope).items() if type(value).__name__ == "hook"]
    importing = vars(sys.modules["_frozen_importlib"])
    return found + [name for name, value in importing.items() if type(value).__name__ == "hook"]


async def wait_for_long():
    async with asyncio.timeout(1000):
        await asyncio.sleep(999)


async def beat_forever(beat):
    asyncio.create_task(wait_for_long(), name="waiter")
    while True:
        await asyncio.sleep(0.001)
        beat()


def loop():
    asyncio.run(beat_forever(Beat()))


async def compute(beat):
    asyncio.create_task(wait_for_long(), name="waiter")
    value = sum(number ** 0.5 for number in range(1000))
    while True:
        assert sum(number ** 0.5 for number in range(1000)) == value
        beat()
        await asyncio.sleep(0)


def busy():
    asyncio.run(compute(Beat()))


def joined():
    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()


def sleeping():
    threading.Thread(target=loop, daemon=True).start()
    while True:
        before = time.monotonic()
        time.sleep(0.3)
        assert time.monotonic() - before >= 0.3


def calling():
    """Long calls outside of Python, in the loop's own thread."""
    data = os.urandom(2_000_000)

    async def main(beat):
        asyncio.create_task(wait_for_long(), name="waiter")
        while True:
            zlib.compress(data, 6)
            beat()
            await asyncio.sleep(0)

    asyncio.run(main(Beat()))


def mapping():
    """Takes each page of its address space that becomes free, so that whoever still reads there ends it."""
    taken = []

    async def main(beat):
        asyncio.create_task(wait_for_long(), name="waiter")
        while True:
            await asyncio.sleep(0.001)
            if len(taken) < 5000:
                taken.append(mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0))
            beat()

    asyncio.run(main(Beat()))


async def swallow():
    while True:
        try:
            await asyncio.sleep(999)
        except asyncio.CancelledError:
            pass


def crowd():
    """Forty alike, and one among them that is not."""
    async def main(beat):
        tasks = [asyncio.create_task(wait_for_long(), name=f"connection {number}") for number in range(40)]
        tasks.insert(20, asyncio.create_task(swallow(), name="odd"))
        await asyncio.sleep(0.01)
        tasks[20].cancel()
        while True:
            await asyncio.sleep(0.001)
            beat()

    asyncio.run(main(Beat()))


{"idle": loop, "busy": busy, "crowd": crowd, "joined": joined, "sleeping": sleeping, "calling": calling,
 "mapping": mapping}[MODE]()
