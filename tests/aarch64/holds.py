# SPDX-License-Identifier: MIT
"""An asyncio program whose main thread is nearly always in registers.c's call, with the GIL held, to be attached to.

    holds.py LIBRARY STATE    writes into STATE how often the registers were as they had been, and where they were not
"""
import asyncio
import ctypes
import os
import sys

registers_hold = ctypes.PyDLL(sys.argv[1]).registers_hold
registers_hold.argtypes = [ctypes.c_uint64]


async def main():
    kept, lost = 0, {}
    while True:
        first = registers_hold(2_000_000)
        if first < 0:
            kept += 1
        else:
            lost[first] = lost.get(first, 0) + 1
        with open(sys.argv[2] + ".new", "w") as file:
            print(kept, lost, file=file)
        os.replace(sys.argv[2] + ".new", sys.argv[2])
        await asyncio.sleep(0)


asyncio.run(main())
