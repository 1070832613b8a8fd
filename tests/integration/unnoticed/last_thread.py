# SPDX-License-Identifier: MIT
"""The main thread ends before the process does, by pthread_exit(); `other`: another thread goes on for a while."""
import asyncio
import ctypes
import sys
import threading
import time


async def main():
    async with asyncio.timeout(10):
        await asyncio.sleep(0)


def other():
    time.sleep(0.3)
    asyncio.run(main())
    print("the other ends", flush=True)


asyncio.run(main())
if "other" in sys.argv:
    threading.Thread(target=other, daemon=True).start()
print("the main thread ends", flush=True)
ctypes.CDLL(None).pthread_exit(None)
