# SPDX-License-Identifier: MIT
"""A timeout that never takes its request back fires; says "left", and stays until a line comes."""

import asyncio
import sys

import async_timeout


async def main():
    loop = asyncio.get_running_loop()
    try:
        async with async_timeout.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        pass
    print("left", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)


asyncio.run(main())
