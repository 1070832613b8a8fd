# SPDX-License-Identifier: MIT
"""A session with pdb, which steps into the methods of scopes and tasks, and out of them again."""
import asyncio
import io
import pdb
import re

import anyio

COMMANDS = "s\ns\nw\nargs\nr\nn\n" + "s\n" * 150 + "w\n" + "n\n" * 40 + "c\n"


async def stepped():
    debugger.set_trace()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await asyncio.sleep(1)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
    task = asyncio.tasks._PyTask(asyncio.sleep(1), loop=asyncio.get_running_loop())
    task.cancel()
    await asyncio.wait([task])


async def warm_up():
    with anyio.CancelScope():
        await asyncio.sleep(0)


loop = asyncio.new_event_loop()
loop.run_until_complete(warm_up())
said = io.StringIO()
debugger = pdb.Pdb(stdin=io.StringIO(COMMANDS), stdout=said, nosigint=True, readrc=False)
debugger.use_rawinput = False
loop.run_until_complete(stepped())
print(re.sub("x?[0-9a-f]{9,}", "0x", said.getvalue()))
