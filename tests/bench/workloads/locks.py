# SPDX-License-Identifier: MIT
"""A lock that is taken and given back: each time a shielded scope."""
import anyio
from _measure import Measured, size


async def take(lock, count):
    for _ in range(count):
        async with lock:
            pass


async def main():
    lock = anyio.Lock()
    await take(lock, 500)
    with Measured(size(30_000)) as measured:
        await take(lock, measured.units)


anyio.run(main)
