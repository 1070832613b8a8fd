# SPDX-License-Identifier: MIT
"""What runs already is called once more from within, and what calls itself does so ten thousand deep."""
import asyncio
import os

DEPTH = 9900  # what CPython 3.13 allows is 10000
log = []


def attempt(name, function, *args):
    try:
        log.append((name, function(*args)))
    except BaseException as error:
        log.append((name, type(error).__name__, str(error)))


async def resumed_while_it_runs():
    group = asyncio.TaskGroup()
    await group.__aenter__()
    leaving = group.__aexit__(None, None, None)
    group.create_task(asyncio.sleep(0.001))
    loop, waits = asyncio.get_running_loop(), 0
    create_future = loop.create_future

    def from_within():
        nonlocal waits
        waits += 1
        if waits == 1:
            attempt("send", leaving.send, None)
            attempt("throw", leaving.throw, ValueError("from within"))
            attempt("close", leaving.close)
        return create_future()

    loop.create_future = from_within
    await leaving
    del loop.create_future
    attempt("again", leaving.send, None)


async def never_born():
    """Tasks whose constructor did not run, or failed: what is asked of others must not be asked of them."""
    attempt("not made", asyncio.Task.cancel, asyncio.Task.__new__(asyncio.Task))
    attempt("nor this", asyncio.Task.uncancel, asyncio.Task.__new__(asyncio.Task))
    task = asyncio.Task.__new__(asyncio.Task)
    attempt("fails", task.__init__, "no coroutine")
    attempt("failed", task.cancel)


async def waits_for(task):
    await task


async def chained():
    """A cancel that goes from task to task: each is called by the one before."""
    innermost = task = asyncio.create_task(asyncio.sleep(1000))
    await asyncio.sleep(0)
    for _ in range(DEPTH):
        task = asyncio.create_task(waits_for(task))
        await asyncio.sleep(0)
    attempt("chain", task.cancel)
    log.append(innermost.cancelling())
    print(*log, sep="\n", flush=True)
    os._exit(0)  # to destroy the chain is another matter


asyncio.run(resumed_while_it_runs())
asyncio.run(never_born())
asyncio.run(chained())
