# SPDX-License-Identifier: MIT
"""A deadline of the program's own that never takes its request back, twice in one task."""

import asyncio


class Deadline:
    async def __aenter__(self):
        task = asyncio.current_task()
        self.timer = asyncio.get_running_loop().call_later(0.01, self.expire, task)

    def expire(self, task):
        task.cancel()

    async def __aexit__(self, kind, value, traceback):
        self.timer.cancel()
        return kind is asyncio.CancelledError


async def main():
    for _ in range(2):
        async with Deadline():
            await asyncio.sleep(10)
    await asyncio.sleep(0.05)


asyncio.run(main())
