# SPDX-License-Identifier: MIT
"""Has AnyIO enter a scope of its own from many places in turn, over and over; prints how often from each."""
import asyncio
import collections
import contextlib
import json
import sys

import anyio

ROUNDS = 5
told = collections.Counter()


def here():
    frame = sys._getframe(1)
    told[f"{frame.f_code.co_name}:{frame.f_lineno}"] += 1


async def one(lock):
    here(); await lock.acquire(); lock.release()
    here(); await lock.acquire(); lock.release()


async def another(lock):
    here(); await lock.acquire(); lock.release()


async def through_a_context(semaphore):
    here(); await semaphore.acquire(); semaphore.release()


@contextlib.asynccontextmanager
async def held(lock):
    here(); await lock.acquire()
    try:
        yield
    finally:
        lock.release()


async def nested(lock, depth):
    if depth:
        await nested(lock, depth - 1)
    here(); await lock.acquire(); lock.release()


async def made_anew(lock):
    """Code that is another object each time."""
    names = {"here": here}
    exec("async def fresh(lock):\n    here(); await lock.acquire(); lock.release()\n", names)
    await names["fresh"](lock)


async def main():
    lock, semaphore = anyio.Lock(), anyio.Semaphore(3)
    for _ in range(ROUNDS):
        await one(lock)
        await another(lock)
        await through_a_context(semaphore)
        async with held(lock):
            pass
        await nested(lock, 2)
        await made_anew(lock)
        await asyncio.gather(one(lock), another(semaphore))
    print(json.dumps(told))


anyio.run(main)
