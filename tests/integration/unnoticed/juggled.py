# SPDX-License-Identifier: MIT
"""Tasks that are made current by hand or made by factories, and how long objects live: reference counts, finalizers,
resurrection."""
import asyncio
import gc
import sys
import weakref

import anyio
from anyio._backends._asyncio import CancelScope

log = []


async def current_by_hand():
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    other = loop.create_task(asyncio.sleep(0.001))
    asyncio.tasks._leave_task(loop, me)
    log.append(asyncio.current_task() is None)
    asyncio.tasks._enter_task(loop, other)
    with CancelScope() as scope:
        scope.cancel()
    log.append((asyncio.current_task() is other, other.cancelling()))
    if hasattr(asyncio.tasks, "_swap_current_task"):
        log.append(asyncio.tasks._swap_current_task(loop, None) is other)
        asyncio.tasks._swap_current_task(loop, other)
    asyncio.tasks._leave_task(loop, other)
    asyncio.tasks._enter_task(loop, me)
    await asyncio.wait([other])


class Mine(asyncio.Task):
    def cancel(self, msg=None):
        log.append(("cancel", self.cancelling()))
        return super().cancel(msg)

    def uncancel(self):
        left = super().uncancel()
        log.append(("uncancel", left))
        return left

    def cancelling(self):
        log.append("cancelling")
        return super().cancelling()

    def get_name(self):
        log.append("get_name")
        return super().get_name()

    def done(self):
        log.append("done")
        return super().done()


async def cancels_itself():
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
    with anyio.move_on_after(0):
        await anyio.sleep(1)
    asyncio.current_task().cancel()
    asyncio.current_task().uncancel()


async def made_by_factories():
    loop = asyncio.get_running_loop()
    for factory in (lambda loop, coroutine, **more: Mine(coroutine, loop=loop, **more),
                    lambda loop, coroutine, **more: asyncio.tasks._PyTask(coroutine, loop=loop, **more),
                    getattr(asyncio, "eager_task_factory", None)):
        loop.set_task_factory(factory)
        task = loop.create_task(cancels_itself())
        await asyncio.wait([task])
        log.append((type(task).__name__, task.cancelled(), task.cancelling()))
    loop.set_task_factory(None)


async def counted():
    task, scope = asyncio.create_task(asyncio.sleep(1)), CancelScope()
    await asyncio.sleep(0)
    log.append((sys.getrefcount(task), sys.getrefcount(scope)))
    task.cancel()
    task.uncancel()
    with scope:
        log.append((sys.getrefcount(task), sys.getrefcount(scope)))
    scope.cancel()
    log.append((sys.getrefcount(task), sys.getrefcount(scope)))
    await asyncio.wait([task])


class Told(CancelScope):
    def __del__(self):
        log.append("finalized")


class Stays(CancelScope):
    kept = []

    def __del__(self):
        self.kept.append(self)


async def finalized():
    scope = Told()
    with scope:
        pass
    seen = weakref.ref(scope, lambda reference: log.append("gone"))
    del scope
    log.append(seen())
    with Stays():
        pass
    gc.collect()
    with Stays.kept[0]:
        pass
    log.append(len(Stays.kept))
    Stays.kept.clear()
    log.append((len(Stays.kept), hasattr(CancelScope, "__del__")))
    CancelScope.__del__ = lambda self: log.append("finalized as of late")
    with CancelScope():
        pass
    del CancelScope.__del__
    with CancelScope():
        pass
    circle = [CancelScope()]
    circle.append(circle)
    seen = weakref.ref(circle[0])
    del circle
    gc.collect()
    log.append(seen())


async def main():
    for part in current_by_hand, made_by_factories, counted, finalized:
        log.append(part.__name__)
        await part()


asyncio.run(main())
print(*log, sep="\n")
