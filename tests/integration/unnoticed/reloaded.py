# SPDX-License-Identifier: MIT
"""Modules that are asked for, executed again and imported anew: their specs, loaders and classes."""
import asyncio
import importlib
import importlib.util
import re
import sys


def say(*values):
    print(*(re.sub("0x[0-9a-f]+", "0x", str(value)) for value in values))


def show(module, name):
    for loader in module.__spec__.loader, module.__loader__:
        say(name, type(loader).__name__, loader.name if hasattr(loader, "name") else "", repr(loader))


names = ["asyncio.runners", "asyncio.taskgroups", "asyncio.timeouts", "asyncio.tasks"]
sys.modules.pop("asyncio.taskgroups")
for name in names:
    spec = importlib.util.find_spec(name)
    say(name, type(spec.loader).__name__, spec)
    show(importlib.import_module(name), name)

import anyio
spec = importlib.util.find_spec("anyio._backends._asyncio")
say(type(spec.loader).__name__, spec)
module = importlib.util.module_from_spec(spec)
show(module, "not executed")
sys.modules[spec.name] = module
spec.loader.exec_module(module)

backend = module


async def uses(cls):
    with cls() as scope:
        scope.cancel()
        await asyncio.sleep(1)
    return scope.cancel_called, asyncio.current_task().cancelling()


classes = [backend.CancelScope]
for _ in range(2):
    importlib.reload(backend)
    show(backend, "reloaded")
    classes.append(backend.CancelScope)
for name in [name for name in sys.modules if name.partition(".")[0] == "anyio"]:
    del sys.modules[name]
import anyio._backends._asyncio
classes.append(anyio._backends._asyncio.CancelScope)
timeouts = importlib.reload(asyncio.timeouts)
print(len(set(classes)), timeouts.Timeout is asyncio.Timeout)
for cls in classes:
    print(asyncio.run(uses(cls)))


async def times_out(cls):
    try:
        async with cls(asyncio.get_running_loop().time()):
            await asyncio.sleep(1)
    except TimeoutError:
        return asyncio.current_task().cancelling()


print([asyncio.run(times_out(cls)) for cls in (asyncio.Timeout, timeouts.Timeout)])
