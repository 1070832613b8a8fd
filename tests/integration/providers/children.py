# SPDX-License-Identifier: MIT
"""Groups of asyncio and AnyIO that cancel themselves: for a child that failed, one that was cancelled, their block."""
import asyncio

import anyio


class Broken(Exception):
    pass


async def fail():
    await asyncio.sleep(0)
    raise Broken


async def leave():
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


async def with_asyncio(function):
    async with asyncio.TaskGroup() as group:
        group.create_task(function(), name="child")
        await asyncio.sleep(9)


async def with_anyio(function):
    async with anyio.create_task_group() as group:
        group.start_soon(function)
        await asyncio.sleep(9)


async def with_failing_block():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(9))
        await asyncio.sleep(0)
        raise Broken


async def main():
    for group in with_asyncio(fail), with_anyio(fail), with_anyio(leave), with_failing_block():
        try:
            await group
        except BaseException:
            pass


anyio.run(main)
