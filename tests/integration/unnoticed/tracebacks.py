# SPDX-License-Identifier: MIT
"""Exceptions, stacks and traced lines: no frame of another, none missing."""
import asyncio
import contextlib
import gc
import inspect
import io
import re
import sys
import threading
import traceback
import warnings
import weakref

import anyio


def show(text):
    print(re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{12}\b", "0x", str(text)))


class Fails(asyncio.Timeout):
    def _on_timeout(self):
        show("".join(traceback.format_stack(limit=4)))
        super()._on_timeout()


async def in_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(10), name="sleeps")
        group.create_task(raises(), name="raises")


async def raises():
    await asyncio.sleep(0)
    raise ValueError("here")


async def in_anyio_group():
    async with anyio.create_task_group() as group:
        group.start_soon(raises)
        group.start_soon(anyio.sleep, 10)


async def timed_out():
    async with Fails(asyncio.get_running_loop().time() + 0.01):
        await anyio.sleep(10)


async def failing_in_time():
    with anyio.fail_after(0.01):
        await anyio.sleep(10)


async def left_by_error():
    with anyio.CancelScope() as scope:
        scope.cancel()
        try:
            await anyio.sleep(10)
        finally:
            raise KeyError("instead")


async def ended_wrongly():
    scope = anyio.CancelScope()
    scope.__exit__(None, None, None)


async def entered_twice():
    with anyio.CancelScope() as scope:
        with scope:
            pass


async def stacks_of_tasks():
    async def outer():
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(10), name="inner")

    task = asyncio.create_task(outer(), name="outer")
    await asyncio.sleep(0.001)
    await asyncio.sleep(0.001)
    for each in sorted(asyncio.all_tasks(), key=lambda task: task.get_name()):
        for frame in each.get_stack():
            print(each.get_name(), frame.f_code.co_qualname, frame.f_lineno)
        out = io.StringIO()
        each.print_stack(file=out)
        show(out.getvalue())
        show(repr(each))
    if hasattr(asyncio, "format_call_graph"):
        show(asyncio.format_call_graph(task))
    coroutine = task.get_coro()
    while coroutine is not None:
        awaited = getattr(coroutine, "cr_await", None)
        print(inspect.iscoroutine(coroutine), inspect.isawaitable(coroutine), getattr(coroutine, "__qualname__", ""),
              getattr(coroutine, "cr_running", None), getattr(getattr(coroutine, "cr_frame", None), "f_lineno", None),
              getattr(coroutine, "cr_suspended", None),
              inspect.getcoroutinestate(coroutine) if inspect.iscoroutine(coroutine) else None)
        coroutine = awaited
    task.cancel("enough")
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def by_hand():
    """A group's exit driven by hand, as decorators and exit stacks do."""
    async with contextlib.AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(asyncio.sleep(0))
    group = asyncio.TaskGroup()
    await group.__aenter__()
    leaving = group.__aexit__(None, None, None)
    show((leaving.__class__, inspect.iscoroutine(leaving), inspect.isawaitable(leaving), asyncio.iscoroutine(leaving)))
    show((repr(leaving), leaving.__name__, leaving.__qualname__, inspect.getcoroutinestate(leaving)))
    group.create_task(asyncio.sleep(0.001))
    show((type(leaving.__name__), leaving.__name__ is leaving.__name__, leaving.__name__ is group.__aexit__.__name__))
    for name in "renamed", 3:
        try:
            leaving.__name__ = name
        except TypeError as error:
            show(error)
        show((repr(leaving.__name__), leaving.__qualname__))
    await asyncio.wait_for(leaving, 1)
    show(leaving.__name__)
    group = asyncio.TaskGroup()
    await group.__aenter__()
    seen = weakref.ref(group)
    leaving = group.__aexit__(None, None, None)
    del group
    await leaving
    print(seen() is None, inspect.getcoroutinestate(leaving))
    group = asyncio.TaskGroup()
    await group.__aenter__()
    await asyncio.create_task(group.__aexit__(None, None, None)) if sys.version_info < (3, 0) else None
    leaving = group.__aexit__(None, None, None)
    leaving.close()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        group = asyncio.TaskGroup()
        await group.__aenter__()
        group.__aexit__(None, None, None)  # never awaited
        gc.collect()
    show([str(warning.message) for warning in caught])


async def held_by_nobody():
    """A frame that was asked for its variables may hold the exception for good."""
    for make in asyncio.TaskGroup, anyio.create_task_group:
        for fails in False, True:
            with anyio.CancelScope() as scope:
                scope.cancel()
                try:
                    async with make():
                        if fails:
                            raise KeyError(make.__name__)
                        await anyio.sleep(1)
                except BaseException as error:
                    left = error
                    if not fails:
                        raise
            while isinstance(left, BaseExceptionGroup):
                left = left.exceptions[0]
            print(type(left).__name__, [type(each).__name__ for each in gc.get_referrers(left)])


PARTS = [in_group, in_anyio_group, timed_out, failing_in_time, left_by_error, ended_wrongly, entered_twice,
         stacks_of_tasks, by_hand, held_by_nobody]


async def main():
    for part in PARTS:
        print("--", part.__name__)
        try:
            await part()
        except BaseException as error:
            show("".join(traceback.format_exception(error)))
            show((error.__context__, error.__cause__, error.__suppress_context__, getattr(error, "__notes__", None)))
    print(asyncio.current_task().cancelling(), sys.exc_info())


def watched(frame, event, argument):
    """The lines of this file and of the packages; the agent has none."""
    name = frame.f_code.co_filename
    if sys.version_info >= (3, 15) and event == "exception" and argument[0] is StopIteration:
        return watched  # 3.15 tells of one where a coroutine has been awaited, not where another awaitable has
    if "asyncio" in name or name == __file__:
        lines.append(f"{event} {frame.f_code.co_qualname} {frame.f_lineno}")
        return watched
    return None


def called(frame, event, argument):
    calls.append(f"{event} {frame.f_code.co_qualname}")


async def quiet():
    for _ in range(3):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(1)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(1)
    task = asyncio.tasks._PyTask(asyncio.sleep(10), loop=asyncio.get_running_loop())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


asyncio.run(main())
lines, calls = [], []
loop = asyncio.new_event_loop()
loop.run_until_complete(quiet())
gc.collect()
gc.disable()
sys.settrace(watched)
loop.run_until_complete(quiet())
sys.settrace(None)
sys.setprofile(called)
loop.run_until_complete(quiet())
sys.setprofile(None)
threading.settrace(None)
print(*lines, sep="\n")
print(*calls, sep="\n")
loop.close()
