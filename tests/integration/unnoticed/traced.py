# SPDX-License-Identifier: MIT
"""What a tracer hears, to the instruction, where the scopes of asyncio are entered and left, with exceptions and without."""
import asyncio
import sys

heard = []


def trace(frame, event, argument):
    method = "asyncio" in frame.f_code.co_filename and frame.f_code.co_name in ("__aenter__", "__aexit__")
    if not method and frame.f_code.co_filename != __file__:
        return None
    heard.append((frame.f_code.co_name, event, frame.f_lineno, frame.f_lasti))
    return trace


async def runs_out():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(1)
    except TimeoutError:
        pass


async def fails():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
            raise KeyError
    except* KeyError:
        pass


async def lets_pass():
    try:
        async with asyncio.timeout(5), asyncio.timeout(6):
            raise KeyError
    except KeyError:
        pass


async def ends_well():
    async with asyncio.timeout(5) as timeout:
        timeout.reschedule(None)
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))


async def main():
    sys.settrace(trace)
    sys._getframe().f_trace = trace
    await runs_out()
    await fails()
    await lets_pass()
    await ends_well()
    sys.settrace(None)


asyncio.run(main())
for each in heard:
    print(*each)
