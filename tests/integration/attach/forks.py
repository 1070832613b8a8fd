# SPDX-License-Identifier: MIT
"""A program whose main thread is away from Python while another one forks: forks.py FOLDER

When FOLDER/go is there, the other thread forks. The child runs Python code, and says in FOLDER/child whether scopetrace is
in it.
"""
import asyncio
import os
import sys
import threading
import time

FOLDER = sys.argv[1]


def tell(name, text=""):
    with open(f"{FOLDER}/{name}.new", "w") as file:
        file.write(text)
    os.rename(f"{FOLDER}/{name}.new", f"{FOLDER}/{name}")


def fork():
    tell("ready")
    while not os.path.exists(f"{FOLDER}/go"):
        time.sleep(0.01)
    if os.fork():
        return
    for _ in range(100):
        sum(range(1000))
    with open("/proc/self/maps") as maps:
        tell("child", "has it" if "libscopetrace-agent" in maps.read() else "is alone")
    os._exit(0)


asyncio.run(asyncio.sleep(0))
threading.Thread(target=fork, daemon=True).start()
time.sleep(60)
