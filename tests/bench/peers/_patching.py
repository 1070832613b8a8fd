# SPDX-License-Identifier: MIT
"""What people write when they look for this: the scope's methods and Task.cancel() replaced by ones that log the object,
the task and where they are called: the caller, or the whole stack, as scopetrace records it."""
import asyncio
import functools
import sys


def caller(frame):
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def stack(frame):
    lines = []
    while frame:
        lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    return " ".join(lines)


def patch(owner, name, log, where):
    original = getattr(owner, name)

    @functools.wraps(original)
    def logged(self, *args, **kwargs):
        task = None
        try:
            task = asyncio.current_task()
        except RuntimeError:
            pass
        log(f"{name} {id(self)} {id(task)} {task.cancelling() if task else 0} "
            f"{where(sys._getframe(1))}")
        return original(self, *args, **kwargs)

    setattr(owner, name, logged)


def patch_scopes(log, where):
    with open(sys.argv[1], encoding="utf-8") as program:
        uses_anyio = "anyio" in program.read()
    if uses_anyio:
        from anyio._backends._asyncio import CancelScope
        for name in ("__enter__", "__exit__", "cancel", "_deliver_cancellation"):
            patch(CancelScope, name, log, where)
    for name in ("__aenter__", "__aexit__"):
        patch(asyncio.TaskGroup, name, log, where)
        patch(asyncio.Timeout, name, log, where)


def patch_tasks(log, where):
    class Task(asyncio.Task):
        pass

    for name in ("__init__", "cancel", "uncancel"):
        patch(Task, name, log, where)
    asyncio.tasks.Task = asyncio.Task = Task


def patch_all(log, where=caller):
    """Has `log` called with a line for each."""
    patch_scopes(log, where)
    patch_tasks(log, where)
