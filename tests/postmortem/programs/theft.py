# SPDX-License-Identifier: MIT
"""Takes back the request of a timeout that is still open, says so, and stays until a line comes."""

import asyncio
import sys


async def main():
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(0.01):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
    print("stolen", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)


asyncio.run(main())
