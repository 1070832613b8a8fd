# SPDX-License-Identifier: MIT
"""What others see of tasks that wait: this process, and from 3.14 on any that looks in from outside."""
import asyncio
import contextlib
import inspect
import io
import os
import re
import subprocess
import sys

import anyio


def plain(text):
    """Without addresses, process and thread numbers."""
    return re.sub(r"0x[0-9a-f]+", "0x", re.sub(rf"\b{os.getpid()}\b *", "PID ", text))


async def leaf(started):
    started.set()
    await asyncio.Event().wait()


async def waits_in_exit(started):
    async with asyncio.TaskGroup() as group:
        group.create_task(leaf(started), name="child of exit")


class Nursery:
    """A group of one's own around asyncio's."""

    async def __aenter__(self):
        self.group = asyncio.TaskGroup()
        return await self.group.__aenter__()

    async def __aexit__(self, *exc_info):
        return await self.group.__aexit__(*exc_info)


async def waits_in_wrapped_exit(started):
    async with Nursery() as group:
        group.create_task(leaf(started), name="child of wrapped exit")


async def waits_in_stack(started):
    async with contextlib.AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(leaf(started), name="child of stack")


async def waits_in_body(started):
    async with asyncio.timeout(1000), asyncio.TaskGroup() as group:
        group.create_task(asyncio.Event().wait(), name="child of body")
        await leaf(started)


async def waits_in_anyio(started):
    with anyio.fail_after(1000):
        async with anyio.create_task_group() as group:
            group.start_soon(leaf, started)


WAITERS = [waits_in_exit, waits_in_wrapped_exit, waits_in_stack, waits_in_body, waits_in_anyio]


def chain(task):
    """The names of what awaits what, and what kind of thing it is."""
    awaited = task.get_coro()
    while awaited is not None:
        code = getattr(awaited, "cr_code", None)
        yield f"{type(awaited).__name__} {code.co_qualname if code else ''} {getattr(awaited, '__name__', '')!r}"
        awaited = getattr(awaited, "cr_await", None)


def stack(task):
    text = io.StringIO()
    task.print_stack(file=text)
    return text.getvalue()


async def look_from_outside(verb):
    command = [sys.executable, "-m", "asyncio", verb, str(os.getpid())]
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "SCOPETRACE")}
    looked = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment)
    # tasks in no order, one line each; a table's rows are padded
    lines = [" ".join(line.split()) for line in plain(looked.stdout + looked.stderr).splitlines()]
    print(verb, looked.returncode, *(sorted(lines) if verb == "ps" else lines), sep="\n")


async def main():
    tasks = {}
    for waiter in WAITERS:
        started = asyncio.Event()
        tasks[waiter.__name__] = asyncio.create_task(waiter(started), name=waiter.__name__)
        await started.wait()
    await asyncio.sleep(0.01)
    for name, task in tasks.items():
        print(name, *chain(task), stack(task), inspect.iscoroutine(task.get_coro().cr_await), sep="\n")
        if hasattr(asyncio, "format_call_graph"):
            print(plain(asyncio.format_call_graph(task)))
    if sys.version_info >= (3, 14):
        for verb in "pstree", "ps":
            await look_from_outside(verb)
    for task in tasks.values():
        task.cancel()
    await asyncio.wait(tasks.values())
    print([task.cancelled() for task in tasks.values()])


asyncio.run(main())
