# SPDX-License-Identifier: MIT
"""A program to be attached to twice, which changes in between: again.py MODE GO-FILE

It changes when GO-FILE is there, makes GO-FILE.at, and goes on for ever.
"""
import os
import sys
import time

MODE, GO = sys.argv[1:3]


def wait_for_go():
    while not os.path.exists(GO):
        time.sleep(0.02)


def says_so():
    with open(GO + ".at", "w"):
        pass


async def uses_timeouts():
    import asyncio

    while True:
        async with asyncio.timeout(10):
            await asyncio.sleep(0.01)
        says_so()


def imports_late():
    """What brings the preload to life comes after the first attach."""
    wait_for_go()
    import asyncio

    asyncio.run(uses_timeouts())


def is_mended():
    """A class that is not as it should be, and then is."""
    import asyncio

    original = asyncio.Timeout._on_timeout
    asyncio.Timeout._on_timeout = staticmethod(original)
    wait_for_go()
    asyncio.Timeout._on_timeout = original
    asyncio.run(uses_timeouts())


{"late": imports_late, "mended": is_mended}[MODE]()
