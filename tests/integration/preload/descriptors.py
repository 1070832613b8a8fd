# SPDX-License-Identifier: MIT
"""Closes every descriptor, reuses the numbers, forks and traces on: its files must hold its own bytes only.

Run with how to close (range, loop, listing, closefrom) and an empty folder.
"""
import asyncio
import ctypes
import os
import sys
import time

HOW, FOLDER = sys.argv[1:]
FILES = 40


async def some_scopes():
    for _ in range(20):
        async with asyncio.timeout(10):
            await asyncio.sleep(0)


def close_all():
    if HOW == "range":
        os.closerange(3, 1024)
    elif HOW == "closefrom":
        ctypes.CDLL(None).closefrom(3)
    else:
        listed = map(int, os.listdir("/proc/self/fd"))
        for fd in range(3, 1024) if HOW == "loop" else [fd for fd in listed if fd > 2]:
            try:
                os.close(fd)
            except OSError:
                pass


def path(i):
    return f"{FOLDER}/{i}"


def check():
    for i in range(FILES):
        with open(path(i), "rb") as file:
            content = file.read()
        assert content == b"mine", (i, content)


def in_child(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def traced_child():
    asyncio.run(some_scopes())
    check()


def daemon():
    """As daemons do: fork, close all, go on in the child."""
    close_all()
    fds = [os.open(path(i), os.O_RDWR) for i in range(FILES)]
    asyncio.run(some_scopes())
    for fd in fds:
        os.pwrite(fd, b"mine", 0)
    check()


asyncio.run(some_scopes())
close_all()
opened = [os.open(path(i), os.O_RDWR | os.O_CREAT, 0o600) for i in range(FILES)]
for fd in opened:
    os.write(fd, b"mine")
asyncio.run(some_scopes())
in_child(traced_child)
in_child(daemon)
asyncio.run(some_scopes())
time.sleep(0.2)  # for LTTng's own threads
check()
print("ok")
