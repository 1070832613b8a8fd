# SPDX-License-Identifier: MIT
"""Scopes that are entered and left, one after the other."""
import anyio
from _measure import Measured, size


async def main():
    for _ in range(100):
        with anyio.CancelScope():
            pass
    with Measured(size(50_000)) as measured:
        for _ in range(measured.units):
            with anyio.CancelScope():
                pass


anyio.run(main)
