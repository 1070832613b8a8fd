# SPDX-License-Identifier: MIT
"""How many references a debug build has more after so many operations of one kind: of each line of what it prints,
KIND OPERATIONS REFERENCES BLOCKS. The least of three turns, since tables that are bounded fill up meanwhile. The kind `planted` keeps
something each time."""
import asyncio
import contextlib
import gc
import pickle
import sys
import warnings
import weakref

OPERATIONS = 1000
kinds = {}


def kind(function):
    kinds[function.__name__] = function
    return function


async def cancelled(task):
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def fails():
    raise ValueError


@kind
async def task():
    await asyncio.create_task(asyncio.sleep(0))


@kind
async def task_fails():
    with contextlib.suppress(ValueError):
        await asyncio.create_task(fails())


@kind
async def cancel():
    victim = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    victim.cancel("a message")
    victim.cancel(msg="another")
    await cancelled(victim)


@kind
async def cancel_before_start():
    victim = asyncio.create_task(asyncio.sleep(10))
    victim.cancel()
    await cancelled(victim)


@kind
async def uncancel():
    me = asyncio.current_task()
    me.cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        me.uncancel()


@kind
async def wrong_calls():
    me = asyncio.current_task()
    for call in (lambda: me.cancel(1, 2), lambda: me.cancel(foo=1), lambda: me.uncancel(1), asyncio.Task.cancel,
                 lambda: asyncio.Task.cancel(3), lambda: asyncio.Task(3)):
        with contextlib.suppress(TypeError):
            call()


class Sub(asyncio.Task):
    def cancel(self, msg=None):
        return super().cancel(msg)


@kind
async def subclass():
    victim = Sub(asyncio.sleep(10))
    await asyncio.sleep(0)
    victim.cancel()
    await cancelled(victim)


@kind
async def task_in_python():
    victim = asyncio.tasks._PyTask(asyncio.sleep(10), loop=asyncio.get_running_loop())
    await asyncio.sleep(0)
    victim.cancel()
    victim.uncancel()
    victim.cancel()
    await cancelled(victim)


@kind
async def eager():
    if sys.version_info >= (3, 12):
        await asyncio.eager_task_factory(asyncio.get_running_loop(), asyncio.sleep(0))


@kind
async def gather():
    future = asyncio.gather(asyncio.sleep(10), asyncio.sleep(10))
    await asyncio.sleep(0)
    future.cancel()
    await cancelled(future)


@kind
async def timeout():
    async with asyncio.timeout(10) as scope:
        scope.reschedule(None)


@kind
async def timeout_fires():
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(10)


@kind
async def wait_for_fires():
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.sleep(10), 0.0001)


@kind
async def taskgroup():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))


@kind
async def taskgroup_fails():
    with contextlib.suppress(BaseExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            await asyncio.sleep(10)


@kind
async def misuse():
    scope = asyncio.timeout(1)
    with contextlib.suppress(AssertionError, RuntimeError):
        async with scope:
            async with scope:
                pass
    asyncio.timeout(1).__aenter__().close()
    asyncio.TaskGroup().__aexit__(None, None, None).close()


@kind
async def names():
    coroutine = asyncio.timeout(1).__aenter__()
    repr(coroutine)
    coroutine.__name__ = coroutine.__name__ + "_"
    with contextlib.suppress(TypeError):
        coroutine.__name__ = 3
    coroutine.close()
    for method in asyncio.Task.cancel, asyncio.timeouts.Timeout.__aexit__, asyncio.TaskGroup.__aenter__:
        repr(method), method.__doc__, method.__qualname__, getattr(method, "nothing", None)
        pickle.loads(pickle.dumps(method))
    weakref.WeakMethod(asyncio.timeout(1).reschedule)()


@kind
async def destroyed_within():
    never = asyncio.get_running_loop().create_future()

    async def inside():
        async with asyncio.timeout(None):
            await never

    left = asyncio.create_task(inside())
    await asyncio.sleep(0)
    left._log_destroy_pending = False


class Own:
    async def __aenter__(self):
        self.task = asyncio.current_task()
        asyncio.get_running_loop().call_soon(self.task.cancel)

    async def __aexit__(self, *exception):
        self.task.uncancel()
        return True


@kind
async def homemade():
    async with Own():
        await asyncio.sleep(1)


def of_anyio(anyio):
    @kind
    async def anyio_scope():
        with anyio.CancelScope(shield=True) as scope:
            scope.cancel()
            await anyio.sleep(1)

    @kind
    async def anyio_nested():
        with anyio.CancelScope() as outer, anyio.CancelScope():
            outer.cancel()
            await anyio.sleep(1)

    @kind
    async def anyio_fail_after():
        with contextlib.suppress(TimeoutError):
            with anyio.fail_after(0):
                await anyio.sleep(1)

    @kind
    async def anyio_group():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 10)
            await anyio.sleep(0)
            group.cancel_scope.cancel()

    @kind
    async def anyio_group_fails():
        with contextlib.suppress(BaseException):
            async with anyio.create_task_group() as group:
                group.start_soon(fails)
                await anyio.sleep(10)


def of_others(quattro, async_timeout):
    @kind
    async def quattro_scope():
        with quattro.CancelScope() as scope:
            scope.cancel()
            await asyncio.sleep(1)

    @kind
    async def async_timeout_fires():
        with contextlib.suppress(TimeoutError):
            async with async_timeout.timeout(0.0001):
                await asyncio.sleep(1)
        me = asyncio.current_task()
        while me.cancelling():
            me.uncancel()


kept = []


@kind
async def planted():
    kept.append(object())


def look():
    for _ in range(3):
        gc.collect()
    return sys.gettotalrefcount(), sys.getallocatedblocks()


async def turn(function):
    before = look()
    for _ in range(OPERATIONS):
        await function()
    for _ in range(3):
        await asyncio.sleep(0)
    return [after - was for was, after in zip(before, look())]


async def main():
    for name, function in kinds.items():
        await turn(function)
        turns = [await turn(function) for _ in range(3)]
        print(name, OPERATIONS, *(min(numbers, key=abs) for numbers in zip(*turns)), flush=True)


warnings.simplefilter("ignore")
with contextlib.suppress(ImportError):
    import anyio

    of_anyio(anyio)
with contextlib.suppress(ImportError):
    import async_timeout
    import quattro

    of_others(quattro, async_timeout)
asyncio.run(main())
