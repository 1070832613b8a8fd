# SPDX-License-Identifier: MIT
"""What people write when they look for this: the scope's methods and Task.cancel() replaced by ones that log the object,
the task and the caller."""
import asyncio
import functools
import sys


def patch(owner, name, log):
    original = getattr(owner, name)

    @functools.wraps(original)
    def logged(self, *args, **kwargs):
        caller = sys._getframe(1)
        task = None
        try:
            task = asyncio.current_task()
        except RuntimeError:
            pass
        log(f"{name} {id(self)} {id(task)} {task.cancelling() if task else 0} "
            f"{caller.f_code.co_filename}:{caller.f_lineno}")
        return original(self, *args, **kwargs)

    setattr(owner, name, logged)


def patch_scopes(log):
    with open(sys.argv[1], encoding="utf-8") as program:
        uses_anyio = "anyio" in program.read()
    if uses_anyio:
        from anyio._backends._asyncio import CancelScope
        for name in ("__enter__", "__exit__", "cancel", "_deliver_cancellation"):
            patch(CancelScope, name, log)
    for name in ("__aenter__", "__aexit__"):
        patch(asyncio.TaskGroup, name, log)
        patch(asyncio.Timeout, name, log)


def patch_tasks(log):
    class Task(asyncio.Task):
        pass

    for name in ("__init__", "cancel", "uncancel"):
        patch(Task, name, log)
    asyncio.tasks.Task = asyncio.Task = Task


def patch_all(log):
    """Has `log` called with a line for each."""
    patch_scopes(log)
    patch_tasks(log)
