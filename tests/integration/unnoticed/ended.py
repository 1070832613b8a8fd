# SPDX-License-Identifier: MIT
"""Tasks that are cancelled, and coroutines that are destroyed, while the interpreter takes itself apart; `forgetful`: in a
program that has forgotten what others wanted to be called at its exit."""
import asyncio
import atexit
import builtins
import codecs
import contextvars
import sys


class Dies:
    def __init__(self, task):
        self.task = task

    def __del__(self, write=sys.stdout.fileno(), os_write=__import__("os").write):
        self.task.cancel()
        self.task.uncancel()
        os_write(write, b"cancelled\n")


async def waits():
    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(100))
        await asyncio.sleep(100)


async def main():
    tasks = [asyncio.create_task(waits()) for _ in range(5)]
    await asyncio.sleep(0.01)
    for task in asyncio.all_tasks():
        task._log_destroy_pending = False
    return tasks


loop = asyncio.new_event_loop()
tasks = loop.run_until_complete(main())
contextvars.ContextVar("of the thread").set(Dies(tasks.pop()))
builtins.kept, sys.kept, sys.modules["kept"] = (Dies(tasks.pop()) for _ in range(3))
codecs.register(lambda name, kept=Dies(tasks.pop()): None)
if "forgetful" in sys.argv:
    atexit._clear()
print("end", flush=True)
