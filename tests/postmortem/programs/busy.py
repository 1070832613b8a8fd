# SPDX-License-Identifier: MIT
"""busy.py HOW: cancels tasks until SIGUSR1 comes, and says so after each thousand. After five thousand, as HOW: "die"
kills itself in the middle of a cancellation, "counter" leaves requests on a task. "many" has three thousand tasks with an
open request from the beginning. SIGUSR2: one task is left a request by a scope (busy.toml), another resists one."""

import asyncio
import os
import signal
import sys

REQUESTS = 4
MANY = 3000
TIMES = 3


async def old():
    """Entered when the trace began, and never left."""
    async with asyncio.timeout(1000):
        await asyncio.sleep(1000)


async def victim():
    async with asyncio.timeout(1000):
        await asyncio.sleep(100)


async def one():
    task = asyncio.create_task(victim())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


async def slow():
    try:
        async with asyncio.timeout(60):
            await asyncio.sleep(30)
    except asyncio.CancelledError:
        async with asyncio.timeout(50):
            await asyncio.sleep(20)


async def die():
    task = asyncio.create_task(slow())
    await asyncio.sleep(0.01)
    task.cancel("enough")
    await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


async def resists(times):
    for _ in range(times):
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
    await asyncio.sleep(1000)


async def leave_requests(times):
    task = asyncio.create_task(resists(times), name="resists")
    for _ in range(times):
        await asyncio.sleep(0)
        task.cancel()
    return task


class Limit:
    """A scope that never takes its request back, and stops its error or lets it out."""

    def __init__(self, stops=True):
        self.stops = stops

    async def __aenter__(self):
        self.task = asyncio.current_task()
        asyncio.get_running_loop().call_later(0.001, self.expire)

    def expire(self):
        self.task.cancel()

    async def __aexit__(self, kind, value, traceback):
        return self.stops and kind is asyncio.CancelledError


async def leaks():
    async with Limit():
        await asyncio.sleep(1000)
    await asyncio.sleep(1000)


async def loops():
    """That it runs on is seen when it enters the scope again."""
    for _ in range(2):
        try:
            async with Limit(stops=False):
                await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
    await asyncio.sleep(1000)


async def passes():
    """That it runs on is seen when it leaves what is around the scope."""
    async with asyncio.timeout(1000):
        try:
            async with Limit(stops=False):
                await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
    await asyncio.sleep(1000)


async def stopper(task):
    await asyncio.sleep(0.001)
    for _ in range(TIMES):
        task.cancel("enough")
        await asyncio.sleep(0)


def begin_faults(kept):
    kept.append(asyncio.create_task(leaks(), name="leaks"))
    kept.append(asyncio.create_task(loops(), name="loops"))
    kept.append(asyncio.create_task(passes(), name="passes"))
    kept.append(asyncio.create_task(resists(TIMES), name="resists"))
    kept.append(asyncio.create_task(stopper(kept[-1]), name="stopper"))


async def main(how):
    over = asyncio.Event()
    kept = [asyncio.create_task(old(), name="old")]
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, over.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, begin_faults, kept)
    if how == "many":
        kept += [await leave_requests(1) for _ in range(MANY)]
    rounds = 0
    while not over.is_set():
        await one()
        rounds += 1
        if rounds % 1000 == 0:
            print(f"rounds {rounds}", flush=True)
            await asyncio.sleep(0.001)
        if how == "die" and rounds == 5000:
            await die()
        if how == "counter" and rounds == 5000:
            kept.append(await leave_requests(REQUESTS))


asyncio.run(main(sys.argv[1]))
