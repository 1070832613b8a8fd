# SPDX-License-Identifier: MIT
# Enters and leaves fifty thousand scopes as fast as it can, so that small buffers lose events.
import asyncio

import anyio


async def main():
    for _ in range(100):
        for _ in range(500):
            with anyio.CancelScope():
                pass
        await asyncio.sleep(0)


asyncio.run(main())
