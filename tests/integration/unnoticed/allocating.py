# SPDX-License-Identifier: MIT
"""What Python's own memory holds after a scope, in the middle of the function that it was in: not a frame object more
than the interpreter makes by itself."""
import asyncio
import statistics
import tracemalloc

import anyio

ROUNDS = 99


async def scope():
    with anyio.CancelScope():
        pass


async def lock():
    async with anyio.Lock():
        pass


async def timeout():
    async with asyncio.timeout(None):
        pass


async def group():
    async with asyncio.TaskGroup():
        pass


async def held_after(function):
    """In bytes, by a frame that goes on; mostly: now and then an old list or dictionary grows or goes."""

    async def held():
        before = tracemalloc.get_traced_memory()[0]
        await function()
        return tracemalloc.get_traced_memory()[0] - before

    return statistics.mode([await held() for _ in range(ROUNDS)])


async def held_in_place():
    before = tracemalloc.get_traced_memory()[0]
    with anyio.CancelScope():
        pass
    return tracemalloc.get_traced_memory()[0] - before


async def main():
    for function in scope, lock, timeout, group:
        print(function.__name__, await held_after(function))
    print("in place", statistics.mode([await held_in_place() for _ in range(ROUNDS)]))


tracemalloc.start()
asyncio.run(main())
