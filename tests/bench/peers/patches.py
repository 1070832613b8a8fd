# SPDX-License-Identifier: MIT
"""Peer: what people write when they look for this: the scope's methods and Task.cancel() replaced by ones that log the
time, the object and the caller."""
import asyncio
import functools
import runpy
import sys
import time

log = open("/dev/null", "w", encoding="utf-8")


def patch(owner, name):
    original = getattr(owner, name)

    @functools.wraps(original)
    def logged(self, *args, **kwargs):
        caller = sys._getframe(1)
        task = None
        try:
            task = asyncio.current_task()
        except RuntimeError:
            pass
        log.write(f"{time.time_ns()} {name} {id(self)} {id(task)} {task.cancelling() if task else 0} "
                  f"{caller.f_code.co_filename}:{caller.f_lineno}\n")
        return original(self, *args, **kwargs)

    setattr(owner, name, logged)


try:
    from anyio._backends._asyncio import CancelScope

    for name in ("__enter__", "__exit__", "cancel", "_deliver_cancellation"):
        patch(CancelScope, name)
except ImportError:
    pass
for name in ("__aenter__", "__aexit__"):
    patch(asyncio.TaskGroup, name)
    patch(asyncio.Timeout, name)


class Task(asyncio.Task):
    pass


for name in ("__init__", "cancel", "uncancel"):
    patch(Task, name)
asyncio.tasks.Task = asyncio.Task = Task

sys.argv.pop(0)
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
