# SPDX-License-Identifier: MIT
"""Cancels tasks that swallow it, each from code that is called in another way, and prints the call stack of each as
Python sees it: {"task": [["file", line, "function"], …]}, innermost first."""
import asyncio
import contextlib
import functools
import json
import operator
import sys

ROUNDS = 200  # so that the interpreter has specialized what can be
told = {}


def stack_of(frame):
    while frame:
        yield frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname
        frame = frame.f_back


def canceller(name):
    """In a file of its own for each, so that the report tells them apart."""
    source = "def cancel(task):\n  if task: told[task.get_name()] = list(stack_of(sys._getframe())); task.cancel()"
    exec(compile(source, f"<{name}>", "exec"), globals())


class Initialized:
    def __init__(self, task):
        cancel(task)


class Inherited(Initialized):
    def __init__(self, task):
        super().__init__(task)


class Made:
    def __new__(cls, task):
        cancel(task)
        return object.__new__(cls)


class Looked:
    task = None

    @property
    def up(self):
        cancel(self.task)

    def __getattr__(self, name):
        cancel(self.task)

    def __getitem__(self, task):
        cancel(task)

    def __lt__(self, other):
        cancel(self.task)
        return False

    def __del__(self):
        cancel(self.task)

    def __enter__(self):
        cancel(self.task)

    def __exit__(self, *exception):
        pass


def looked(task, look):
    one = Looked()
    one.task = task
    look(one)
    one.task = None


def enter(one):
    with one:
        pass


def yield_from(task):
    yield from yielding(task)


def yielding(task):
    cancel(task)
    yield


@contextlib.contextmanager
def managed(task):
    cancel(task)
    yield


def with_managed(task):
    with managed(task):
        pass


def drop(task):
    one = Looked()
    one.task = task
    del one


def enclosed(task):
    def inner():
        cell.append(task)
        cancel(task)
    cell = []
    inner()


def executed(task):
    exec("def f():\n  cancel(task)\nf()", {"cancel": cancel, "task": task})


WAYS = {
    "function": lambda task: cancel(task),
    "init": lambda task: Initialized(task),
    "inherited init": lambda task: Inherited(task),
    "new": lambda task: Made(task),
    "property": lambda task: looked(task, lambda one: one.up),
    "getattr": lambda task: looked(task, lambda one: one.down),
    "getitem": lambda task: Looked()[task],
    "operator": lambda task: looked(task, lambda one: operator.lt(one, one)),
    "sort": lambda task: looked(task, lambda one: sorted([one, one])),
    "with": lambda task: looked(task, enter),
    "del": drop,
    "partial": functools.partial(lambda more, task: cancel(task), None),
    "map": lambda task: list(map(cancel, [task])),
    "comprehension": lambda task: [cancel(one) for one in [task]],
    "generator": lambda task: list(yield_from(task)),
    "for": lambda task: [None for one in yielding(task)],
    "context manager": with_managed,
    "enclosed": enclosed,
    "exec": executed,
    "deep": lambda task: functools.reduce(lambda inner, _: lambda: inner(), range(100), lambda: cancel(task))(),
}


async def awaited(way, task):
    await asyncio.sleep(0)
    way(task)


async def iterated(way, task):
    way(task)
    yield


async def swallow():
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(10)
    await asyncio.sleep(0.05)


async def main():
    tasks = []
    for name, way in WAYS.items():
        for where in "here", "in coroutine", "in async generator", "in callback":
            tasks.append(asyncio.create_task(swallow(), name=f"{name} {where}"))
            canceller(tasks[-1].get_name())
            for _ in range(ROUNDS):
                way(None)
            await asyncio.sleep(0)
            if where == "here":
                way(tasks[-1])
            elif where == "in coroutine":
                await awaited(way, tasks[-1])
            elif where == "in async generator":
                async for _ in iterated(way, tasks[-1]):
                    pass
            else:
                asyncio.get_running_loop().call_soon(way, tasks[-1])
                await asyncio.sleep(0)
    await asyncio.wait(tasks)


asyncio.run(main())
json.dump(told, sys.stdout)
