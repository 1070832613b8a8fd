# SPDX-License-Identifier: MIT
"""Scopes that are entered and left, one after the other."""
import anyio
from _measure import Measured, size


def enter(count):
    for _ in range(count):
        with anyio.CancelScope():
            pass


async def main():
    enter(1_000)
    with Measured(size(100_000)) as measured:
        enter(measured.units)


anyio.run(main)
