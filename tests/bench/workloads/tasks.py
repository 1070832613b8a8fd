# SPDX-License-Identifier: MIT
"""Tasks that are made, run once and end."""
import asyncio

from _measure import Measured, size

GROUP = 10


async def work():
    await asyncio.sleep(0)


async def make(count):
    for _ in range(count // GROUP):
        async with asyncio.TaskGroup() as group:
            for _ in range(GROUP):
                group.create_task(work())


async def main():
    await make(500)
    with Measured(size(40_000)) as measured:
        await make(measured.units)


asyncio.run(main())
