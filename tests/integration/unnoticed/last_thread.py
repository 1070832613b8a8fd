# SPDX-License-Identifier: MIT
"""The main thread ends before the process does, by pthread_exit(); `other`: another thread goes on when it is gone."""
import asyncio
import ctypes
import os
import sys
import threading
import time


async def main():
    async with asyncio.timeout(10):
        await asyncio.sleep(0)


def main_thread_is_gone():
    with open(f"/proc/self/task/{os.getpid()}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "Z"


def other():
    while not main_thread_is_gone():
        time.sleep(0.01)
    asyncio.run(main())
    print("the other ends", flush=True)


asyncio.run(main())
if "other" in sys.argv:
    threading.Thread(target=other, daemon=True).start()
print("the main thread ends", flush=True)
ctypes.CDLL(None).pthread_exit(None)
