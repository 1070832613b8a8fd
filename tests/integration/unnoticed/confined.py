# SPDX-License-Identifier: MIT
"""A program that gives up what it does not need any more, and ends: `descriptors`, or, if it may, the `root` of files."""
import asyncio
import contextlib
import os
import resource
import sys


async def main():
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    if sys.argv[1] == "descriptors":
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    elif os.geteuid() == 0:
        os.chroot("/dev")
    task = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    print(task.cancelled())


asyncio.run(main())
