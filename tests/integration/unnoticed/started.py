# SPDX-License-Identifier: MIT
"""Whatever a tracer loads is there before the loop runs, not in the middle of the program's first time-out."""
import os
import sys


def threads():
    return len(os.listdir("/proc/self/task"))


def mapped():
    with open("/proc/self/maps") as maps:
        return len({line.split(None, 5)[5] for line in maps if line.rstrip().endswith((".so", ".so.0", ".so.1"))})


async def with_asyncio():
    import asyncio

    before = threads(), mapped()
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(10)
    except TimeoutError:
        pass
    print(before == (threads(), mapped()))


async def with_anyio():
    import anyio

    before = threads(), mapped()
    with anyio.move_on_after(0.001):
        await anyio.sleep(10)
    print(before == (threads(), mapped()))


if sys.argv[1] == "asyncio":
    import asyncio

    asyncio.run(with_asyncio())
elif sys.argv[1] == "anyio":
    import anyio

    anyio.run(with_anyio)
else:
    import selectors

    selector = selectors.DefaultSelector()
    selector.close()
    import asyncio

    loop = asyncio.new_event_loop()
    loop.run_until_complete(with_asyncio())
    loop.close()
