# SPDX-License-Identifier: MIT
"""Tasks that are made, run once and end."""
import asyncio
from _measure import Measured, size


async def work():
    await asyncio.sleep(0)


async def main():
    with Measured(size(10_000)) as measured:
        for _ in range(measured.units // 10):
            async with asyncio.TaskGroup() as group:
                for _ in range(10):
                    group.create_task(work())


asyncio.run(main())
