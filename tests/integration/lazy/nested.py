# SPDX-License-Identifier: MIT
"""A thread with little room for its stack, in which a task is cancelled that is deep inside of many scopes."""
import asyncio
import contextlib
import threading

DEPTH = 20000


async def enters():
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(DEPTH):
            await stack.enter_async_context(asyncio.timeout(None))
        await asyncio.sleep(60)


async def main():
    task = asyncio.create_task(enters())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


threading.stack_size(512 * 1024)
thread = threading.Thread(target=asyncio.run, args=(main(),))
thread.start()
thread.join()
print(DEPTH)
