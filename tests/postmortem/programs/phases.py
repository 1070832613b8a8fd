# SPDX-License-Identifier: MIT
"""Faults and ordinary things that span several seconds, the same each time; and one fault in the last second alone."""

import asyncio


class Deadline:
    """Never takes its request back."""

    def __init__(self, delay):
        self.delay = delay
        self.task = asyncio.current_task()

    async def __aenter__(self):
        self.timer = asyncio.get_running_loop().call_later(self.delay, self.expire)

    def expire(self):
        self.task.cancel()

    async def __aexit__(self, kind, value, traceback):
        self.timer.cancel()
        return kind is asyncio.CancelledError


async def leaks():
    """One request in each second."""
    for _ in range(4):
        async with Deadline(0.01):
            await asyncio.sleep(10)
        await asyncio.sleep(0.9)


async def fires():
    """Entered in one second, fires in another, left in a third: ordinary."""
    try:
        async with asyncio.timeout(1.3):
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1.2)
    except TimeoutError:
        pass


async def swallows():
    """Cancelled in one second, ends in another."""
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        for _ in range(10):
            await asyncio.sleep(0.2)


async def late():
    """All of it in the last second."""
    await asyncio.sleep(3.3)
    task = asyncio.create_task(leaves(), name="late")
    await task


async def leaves():
    for _ in range(2):
        async with Deadline(0.001):
            await asyncio.sleep(10)
    await asyncio.sleep(0.01)


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(leaks(), name="leaks")
        group.create_task(fires(), name="fires")
        group.create_task(late(), name="waits")
        swallower = group.create_task(swallows(), name="swallows")
        await asyncio.sleep(0.6)
        swallower.cancel()


asyncio.run(main())
