# SPDX-License-Identifier: MIT
"""A program of one thread that forks once it has been attached to: warned.py FOLDER

When FOLDER/go is there it forks, and says in FOLDER/said what it was warned of, and how many threads are really there.
"""
import asyncio
import os
import sys
import warnings

FOLDER = sys.argv[1]


def tell(name, text=""):
    with open(f"{FOLDER}/{name}.new", "w") as file:
        file.write(text)
    os.rename(f"{FOLDER}/{name}.new", f"{FOLDER}/{name}")


async def wait_and_fork():
    tell("ready")
    while not os.path.exists(f"{FOLDER}/go"):
        await asyncio.sleep(0.01)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)
    threads = len(os.listdir("/proc/self/task"))
    with open("/proc/self/stat") as stat:
        assert int(stat.read().rsplit(")", 1)[1].split()[17]) == threads  # nobody else is told otherwise
    tell("said", f"{threads > 1} {[str(warning.message) for warning in caught]}")
    await asyncio.sleep(60)


asyncio.run(wait_and_fork())
