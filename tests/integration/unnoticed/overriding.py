# SPDX-License-Identifier: MIT
"""Classes that override, mock, wrap and borrow the methods of scopes and tasks."""
import asyncio
import copy
import functools
import gc
import weakref
from unittest import mock

import anyio
from anyio._backends._asyncio import CancelScope

log = []


class Loud(CancelScope):
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __enter__(self):
        log.append("enter")
        return super().__enter__()

    def __exit__(self, *exc):
        log.append(f"exit {exc[0]}")
        return super().__exit__(*exc)

    def cancel(self, *args, **kwargs):
        log.append("cancel")
        return super().cancel(*args, **kwargs)


class Task(asyncio.Task):
    def __init__(self, *args, marked=None, **kwargs):
        log.append("init")
        super().__init__(*args, **kwargs)
        self.marked = marked

    def cancel(self, msg=None):
        log.append(f"task cancel {msg}")
        return super().cancel(msg)

    def uncancel(self):
        log.append("task uncancel")
        return super().uncancel()

    def get_name(self):
        log.append("asked for the name")  # which nobody does here
        return super().get_name()

    def cancelling(self):
        log.append("asked for the counter")
        return super().cancelling()

    def __del__(self):
        log.append("del")
        super().__del__()

    def __eq__(self, other):
        log.append("compared")
        return self is other

    def __hash__(self):
        return id(self) >> 4

    def __repr__(self):
        log.append("shown")
        return "me"


async def loud_scope():
    with Loud() as scope:
        scope.cancel()
        await anyio.sleep(1)
    log.append(scope.cancel_called)


async def own_task():
    async def sleeper():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            log.append(error.args)
            asyncio.current_task().uncancel()
        return 5

    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **kwargs: Task(coro, loop=loop, marked=3, **kwargs))
    task = asyncio.create_task(sleeper(), name="sleeper")
    await asyncio.sleep(0)
    log.append((task.cancel("why"), await task, task.marked, str(task)))
    loop.set_task_factory(None)
    del task
    gc.collect()


async def mocked():
    for options in ({}, {"autospec": True}, {"wraps": CancelScope.cancel}, {"new": lambda self: log.append("new")}):
        with mock.patch.object(CancelScope, "cancel", **options) as replaced:
            scope = CancelScope()
            with scope:
                log.append(type(scope.cancel).__name__)
                try:
                    scope.cancel()
                except Exception as exception:
                    log.append(repr(exception))
            log.append(getattr(replaced, "call_count", None))
        with CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(1)
        log.append(scope.cancel_called)
    for spec in (CancelScope, asyncio.Timeout, asyncio.Task, asyncio.TaskGroup):
        double = mock.create_autospec(spec)
        log.append(sorted(name for name in dir(double) if not name.startswith("assert")))
    try:
        with mock.patch.object(asyncio.Task, "cancel"):
            pass
    except TypeError as error:
        log.append(str(error))
    stub = mock.Mock(spec=asyncio.Task)
    stub.cancel("x")
    stub.cancel.assert_called_once_with("x")


async def replaced_and_put_back():
    original = CancelScope.__exit__
    kept = CancelScope.__dict__["__exit__"]

    @functools.wraps(original)
    def wrapper(self, *exc):
        log.append("wrapped exit")
        return original(self, *exc)

    log.append((wrapper.__name__, wrapper.__qualname__, wrapper.__wrapped__ is original, kept is original))
    CancelScope.__exit__ = wrapper
    try:
        with CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(1)
    finally:
        CancelScope.__exit__ = original
    with CancelScope():
        pass
    log.append(CancelScope.__exit__ is original)
    original.note = 1
    log.append((CancelScope.__exit__.note, vars(original)))
    del original.note
    log.append(hasattr(original, "note"))


class Borrows:
    """A class of its own with methods of another, found by name."""

    cancel = CancelScope.cancel
    stop = asyncio.Task.cancel


async def borrowed():
    for name in ("cancel", "stop"):
        try:
            getattr(Borrows(), name)()
        except Exception as exception:
            log.append((type(exception).__name__, str(exception)))
    for call in (lambda: CancelScope.cancel(), lambda: CancelScope.cancel(1), lambda: asyncio.Task.cancel(),
                 lambda: asyncio.Task.cancel(1), lambda: asyncio.Task.uncancel(asyncio.current_task(), 1),
                 lambda: asyncio.current_task().cancel(1, 2), lambda: asyncio.current_task().cancel(nonsense=1),
                 lambda: asyncio.Task(), lambda: asyncio.Task(1), lambda: asyncio.Task.__init__(),
                 lambda: asyncio.Task.__init__(3), lambda: asyncio.TaskGroup.__aexit__(),
                 lambda: asyncio.Timeout._on_timeout(), lambda: asyncio.Task.cancel(self=1)):
        try:
            call()
        except Exception as exception:
            log.append((type(exception).__name__, str(exception)))


async def referred_to():
    scope = CancelScope()
    weak = weakref.WeakMethod(scope.cancel)
    log.append((weak() == scope.cancel, weakref.ref(scope)() is scope, weakref.getweakrefcount(scope)))
    copied = copy.copy(scope)
    log.append((type(copied).__name__, copy.deepcopy(scope.cancel).__self__ is not scope))
    callback = scope.cancel
    del scope
    log.append(weak() is not None)
    del callback, copied
    gc.collect()
    log.append((weak(), len([x for x in gc.get_objects() if isinstance(x, CancelScope)])))


async def main():
    for part in (loud_scope, own_task, mocked, replaced_and_put_back, borrowed, referred_to):
        try:
            await part()
        except Exception as exception:
            log.append((part.__name__, type(exception).__name__, str(exception)))
    log.append(asyncio.current_task().cancelling())


asyncio.run(main())
print(*log, sep="\n")
