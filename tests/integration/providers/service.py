# SPDX-License-Identifier: MIT
"""service.py clean|forget|main|live: expires three home-made deadlines; live: until it is killed, and says so
when it has begun."""
import asyncio
import sys

import homemade

MODE = sys.argv[1]


class Here(homemade.Deadline):
    """Of the main module, with methods of its own."""

    async def __aenter__(self):
        return await super().__aenter__()

    async def __aexit__(self, *error):
        return await super().__aexit__(*error)


async def expire(kind):
    try:
        async with kind(0.01, MODE != "clean"):
            await asyncio.sleep(1)
    except TimeoutError:
        pass


async def main():
    rounds = 0
    while rounds < 3 or MODE == "live":
        await expire(Here if MODE == "main" else homemade.Deadline)
        rounds += 1
        if MODE == "live" and rounds == 1:
            print("live", flush=True)
    await asyncio.sleep(0.02)
    print(asyncio.current_task().cancelling())


asyncio.run(main())
