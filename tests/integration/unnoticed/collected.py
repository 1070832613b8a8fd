# SPDX-License-Identifier: MIT
"""What Python's collector has to walk over for each task: no more than the interpreter itself makes. From a quarter more
objects on it walks over all of a program, which takes long where there are many tasks."""
import asyncio
import collections
import gc

TASKS = 200


async def wait(event):
    await event.wait()


def tracked():
    gc.collect()
    return collections.Counter(type(thing).__name__ for thing in gc.get_objects())


async def main():
    event = asyncio.Event()
    first = [asyncio.create_task(wait(event)) for _ in range(TASKS)]  # what is made once only
    await asyncio.sleep(0)
    before = tracked()
    tasks = [asyncio.create_task(wait(event)) for _ in range(TASKS)]
    await asyncio.sleep(0)
    for kind, number in sorted((tracked() - before).items()):
        if number >= TASKS:
            print(f"{number / TASKS:.1f} {kind}")
    event.set()
    await asyncio.gather(*first, *tasks)


asyncio.run(main())
