# SPDX-License-Identifier: MIT
"""A server that enters and leaves at least so many scopes, as fast as it can, and of 100,000 has one run into its
deadline. Prints how many there were. The last request swallows its cancellation."""
import asyncio
import sys

BATCH = 100000


async def request():
    for _ in range(BATCH):
        async with asyncio.timeout(None):
            pass
    return BATCH


async def expires():
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)
    except TimeoutError:
        return 1


async def swallows():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)


async def main(least):
    scopes = await expires()
    while scopes < least:
        scopes += await request() + await expires()
    victim = asyncio.create_task(swallows())
    await asyncio.sleep(0.01)
    victim.cancel()
    await victim
    print(scopes)


asyncio.run(main(int(sys.argv[1])))
