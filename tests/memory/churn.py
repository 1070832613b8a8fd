# SPDX-License-Identifier: MIT
"""Tasks and scopes that come and go: prints "TASKS RESIDENT HEAP", bytes of anonymous memory and what is allocated of
it, every so many tasks, and at the end once more after many call sites that were not there before.

Run with PYTHONMALLOC=malloc, the least number of tasks and of seconds, and bytes to leak with each task.

The usual ones, and those that are hard to account for: scopes never left, tasks never awaited, both in reference
cycles, exceptions that hold frames, classes and code made anew each time, names and messages that never repeat,
threads with loops of their own.
"""
import asyncio
import ctypes
import gc
import sys
import time
import types
import warnings

import anyio
import async_timeout
from anyio._backends import _asyncio

TASKS, SECONDS, LEAK = (int(argument) for argument in sys.argv[1:])
BATCH, BATCHES = 50, 4
SITES = 40000

warnings.simplefilter("ignore")
leaked = []


class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Mallinfo


def print_memory(number):
    gc.collect()
    info = mallinfo()
    with open("/proc/self/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
    print(number, resident * 1024, info.uordblks + info.hblkhd, flush=True)


class Holder:
    """Is in a cycle with whatever it holds."""

    def __init__(self, held):
        self.held, self.me = held, self
        try:
            held.holder = self
        except AttributeError:
            pass


async def usual(number):
    async with asyncio.timeout(10):
        with anyio.CancelScope():
            await asyncio.sleep(0)
    with anyio.move_on_after(0):
        await asyncio.sleep(1)


async def without_weak_references(number):
    async with async_timeout.timeout(10):
        await asyncio.sleep(0)


async def grouped(number):
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            group.create_task(fails())
    except* ValueError:
        pass
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 10)
        group.cancel_scope.cancel()


async def fails():
    raise ValueError


async def never_left(number):
    scope = anyio.CancelScope()
    scope.__enter__()
    # AnyIO's register would keep both for ever
    _asyncio._task_states.pop(asyncio.current_task())
    timeout = asyncio.timeout(1000)
    await timeout.__aenter__()
    Holder(scope), Holder(timeout)
    timeout.reschedule(None)


async def in_cycles(number):
    local = Holder(asyncio.current_task())
    with anyio.CancelScope() as scope:
        Holder(scope)
        try:
            await fails()
        except ValueError as error:
            local.error = error


async def cancelled(number):
    task = asyncio.create_task(asyncio.sleep(10), name=f"sleeper {number}")
    await asyncio.sleep(0)
    task.cancel(f"message {number}")
    await asyncio.wait([task])


async def compiled(number):
    """The same few sources over and over."""
    names = {}
    exec(f"async def made_{number % 7}(scope):\n" + "\n" * (number % 10) + "    with scope: pass", names)
    await names[f"made_{number % 7}"](anyio.CancelScope())


def enters(scope):
    with scope:
        scope.cancel()


def never_compiled_before(number):
    code = enters.__code__.replace(co_filename=f"template {number}")
    types.FunctionType(code, globals())(anyio.CancelScope())


async def subclassed(number):
    class Task(asyncio.Task):
        pass

    task = Task(asyncio.sleep(10), loop=asyncio.get_running_loop())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def left_pending(number):
    Holder(asyncio.create_task(asyncio.Event().wait()))


KINDS = [usual, without_weak_references, grouped, never_left, in_cycles, cancelled, compiled, subclassed, left_pending]


async def fill_tables(first, count):
    """More call sites than a tracer will want to keep."""
    for number in range(first, first + count):
        never_compiled_before(number)
        if number % 100 == 0:
            await asyncio.sleep(0)


async def batch(number):
    tasks = [asyncio.create_task(KINDS[i % len(KINDS)](i)) for i in range(number, number + BATCH)]
    leaked.extend(bytearray(LEAK) for _ in tasks if LEAK)
    await asyncio.wait(tasks)


async def main():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    begin, number = time.monotonic(), 0
    await fill_tables(0, SITES)
    while number < TASKS or time.monotonic() - begin < SECONDS:
        for _ in range(BATCHES):
            await batch(number)
            number += BATCH
        await asyncio.to_thread(asyncio.run, usual(number))
        print_memory(number)
    await fill_tables(SITES, SITES * 2)
    print_memory(number)


asyncio.run(main())
