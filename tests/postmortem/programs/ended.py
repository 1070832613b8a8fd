# SPDX-License-Identifier: MIT
"""Tasks that ended when they were cancelled, directly or by a group, and are kept; one that cleans up, and one that
nothing happens to. Dies by SIGKILL as soon as the loop sleeps. Given "later", says "ready" and begins at SIGUSR1."""

import asyncio
import os
import signal
import sys
import threading
import time

kept = []


async def waits():
    await asyncio.sleep(1000)


async def cleans_up():
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(1000)


async def fails():
    raise ValueError


async def group():
    async with asyncio.TaskGroup() as tasks:
        kept.append(tasks.create_task(waits(), name="of a group"))
        await asyncio.sleep(0)
        tasks.create_task(fails())
        await asyncio.sleep(1000)


def kill_when_asleep(thread):
    for _ in range(1000):
        time.sleep(0.01)
        with open(f"/proc/self/task/{thread}/wchan") as where:
            if "epoll" in where.read():
                break
    os.kill(os.getpid(), signal.SIGKILL)


async def signalled():
    event = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, event.set)
    print("ready", flush=True)
    await event.wait()


async def main():
    if sys.argv[1:] == ["later"]:
        await signalled()
    kept.append(asyncio.create_task(waits(), name="direct"))
    kept.append(asyncio.create_task(cleans_up(), name="cleans up"))
    kept.append(asyncio.create_task(waits(), name="nothing happens to it"))
    try:
        await group()
    except* ValueError:
        pass
    for task in kept[:2]:
        task.cancel()
    threading.Thread(target=kill_when_asleep, args=(threading.get_native_id(),)).start()
    await asyncio.sleep(1000)


asyncio.run(main())
