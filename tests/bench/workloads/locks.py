# SPDX-License-Identifier: MIT
"""A lock that is taken and given back: each time a shielded scope."""
import anyio
from _measure import Measured, size


async def main():
    lock = anyio.Lock()
    with Measured(size(10_000)) as measured:
        for _ in range(measured.units):
            async with lock:
                pass


anyio.run(main)
