# SPDX-License-Identifier: MIT
"""repeats.py TIMES: a task that is cancelled so often at the same place, resists, rests, and kills the process."""

import asyncio
import os
import signal
import sys


class Deadline:
    async def __aenter__(self):
        self.task = asyncio.current_task()
        asyncio.get_running_loop().call_soon(self.expire)

    def expire(self):
        self.task.cancel()

    async def __aexit__(self, kind, error, traceback):
        return kind is asyncio.CancelledError


async def main():
    for _ in range(int(sys.argv[1])):
        async with Deadline():
            await asyncio.sleep(100)
    for _ in range(20):
        await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main())
