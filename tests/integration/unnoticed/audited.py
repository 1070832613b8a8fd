# SPDX-License-Identifier: MIT
"""What an audit hook hears, which modules are there, and what a profiler counts."""
import sys

heard = []
listening = True


def listen(event, arguments):
    if listening and event in ("import", "exec", "compile", "object.__getattr__", "object.__setattr__", "sys._getframe",
                               "sys._current_frames", "sys.addaudithook", "gc.get_objects", "gc.get_referents"):
        heard.append((event, *(argument if isinstance(argument, str) else type(argument).__name__
                               for argument in arguments[:2])))


sys.addaudithook(listen)

import asyncio
import collections
import cProfile
import pstats

import anyio


async def quiet():
    with anyio.move_on_after(0):
        await anyio.sleep(1)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await anyio.sleep(1)
    try:
        async with asyncio.timeout(0), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(1))
    except TimeoutError:
        pass
    for cls in asyncio.Task, asyncio.tasks._PyTask:
        task = cls(asyncio.sleep(10), loop=asyncio.get_running_loop())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])


loop = asyncio.new_event_loop()
loop.run_until_complete(quiet())
listening = False
print(*sorted(collections.Counter(heard).items()), sep="\n")
print(*sorted(sys.modules), sep="\n")

profile = cProfile.Profile()
profile.enable()
loop.run_until_complete(quiet())
profile.disable()
for (file, line, name), (primitive, calls, *_) in sorted(pstats.Stats(profile).stats.items()):
    if "asyncio" in file or "anyio" in file or "Task" in name:  # what the selector does is a matter of time
        print(file, line, name, primitive, calls) if "selector" not in file and "_run_once" not in name else None
loop.close()
