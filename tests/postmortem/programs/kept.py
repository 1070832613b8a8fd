# SPDX-License-Identifier: MIT
"""Tasks that are done and kept, three of them with a timeout that they never left. Says "kept", and stays."""

import asyncio

kept = []


async def forgets():
    scope = asyncio.timeout(1000)
    kept.append(scope)
    await scope.__aenter__()


async def main():
    kept.extend(asyncio.create_task(forgets(), name="forgets") for _ in range(3))
    kept.append(asyncio.create_task(asyncio.sleep(0), name="ends"))
    await asyncio.sleep(0.05)
    print("kept", flush=True)
    while True:
        await asyncio.sleep(0.05)


asyncio.run(main())
