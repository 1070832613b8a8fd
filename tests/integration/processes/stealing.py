# SPDX-License-Identifier: MIT
"""A fault that each process commits once and confesses: the file that PIDS names gets a line with its pid."""
import asyncio
import os


def confess():
    with open(os.environ["PIDS"], "a") as file:
        file.write(f"{os.getpid()}\n")


async def take_back_all():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        while asyncio.current_task().uncancel() > 0:
            pass


async def steal():
    async with asyncio.timeout(0.01):
        await take_back_all()
        await asyncio.sleep(0.01)
    confess()


def main(number=0):
    asyncio.run(steal())
    return number


if __name__ == "__main__":
    main()
    print("stolen")
