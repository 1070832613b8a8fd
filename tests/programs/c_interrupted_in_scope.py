"""A signal handler cancels a task, and the collector calls what does, while a scope's own method runs: the scope has
nothing to do with it."""
import asyncio
import gc
import signal

import anyio


class Hashed(asyncio.Task):
    """AnyIO looks its tasks up: something happens in the middle of that."""

    happens = None

    def __hash__(self):
        what, Hashed.happens = Hashed.happens, None
        if what:
            what()
        return id(self) // 16


class Looked(set):
    """The same of an asyncio.TaskGroup's."""

    happens = None

    def __bool__(self):
        what, self.happens = self.happens, None
        if what:
            what()
        return len(self) > 0


async def in_scope(what):
    with anyio.CancelScope():
        Hashed.happens = what
    await asyncio.sleep(0)


async def in_group(what):
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(9))
        group._tasks = Looked(group._tasks)
        group._tasks.happens = what


async def cancelled(coroutine):
    """It is, and the caller takes that back, as whoever resists does."""
    try:
        await coroutine
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
        return
    raise AssertionError("was not cancelled")


def collect(me):
    """Cancels from a callback of the collector's, and from a finalizer."""

    class Last:
        def __del__(self):
            me.cancel()
            me.uncancel()

    def callback(phase, info):
        if phase == "stop":
            me.cancel()

    gc.callbacks.append(callback)
    Last()
    gc.collect()
    gc.callbacks.remove(callback)


async def main(kind):
    me = asyncio.current_task()
    signal.signal(signal.SIGUSR1, lambda *_: me.cancel())
    for number in signal.SIGUSR1, signal.SIGINT:
        await cancelled(kind(lambda: signal.raise_signal(number)))
    await cancelled(in_scope(lambda: collect(me)))


for kind in in_scope, in_group:
    # the second SIGINT in one of them ends it
    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(lambda loop, coroutine, **more: Hashed(coroutine, loop=loop, **more))
        runner.run(main(kind))
