# SPDX-License-Identifier: MIT
"""A program to be attached to twice, which changes in between: again.py MODE GO-FILE

It makes GO-FILE.ready when it is there to be attached to, changes when GO-FILE is there, makes GO-FILE.at, and goes on
for ever.
"""
import os
import sys
import time

MODE, GO = sys.argv[1:3]


def wait_for_go():
    while not os.path.exists(GO):
        time.sleep(0.02)


def says(what):
    with open(GO + what, "w"):
        pass


def says_so():
    says(".at")


def is_ready():
    says(".ready")


async def uses_timeouts():
    import asyncio

    while True:
        async with asyncio.timeout(10):
            await asyncio.sleep(0.01)
        says_so()


def imports_late():
    """What brings the preload to life comes after the first attach."""
    is_ready()
    wait_for_go()
    import asyncio

    asyncio.run(uses_timeouts())


def is_mended():
    """A class that is not as it should be, and then is."""
    import asyncio

    original = asyncio.Timeout._on_timeout
    asyncio.Timeout._on_timeout = staticmethod(original)
    is_ready()
    wait_for_go()
    asyncio.Timeout._on_timeout = original
    asyncio.run(uses_timeouts())


def covers():
    """Puts functions of its own over what it finds there while it is traced, and takes them out when it is told to. A
    callback that it kept from before is the same as ever."""
    import asyncio

    scope, group = asyncio.Timeout(None), asyncio.TaskGroup()
    kept = {scope._on_timeout: 1, group._on_task_done: 2}
    names = "__aenter__", "__aexit__", "_on_timeout"
    found = {}

    def is_hooked():
        return type(vars(asyncio.Timeout)["__aenter__"]).__name__ == "hook"

    def cover(name):
        def covering(*arguments):
            return found[name](*arguments)

        found[name] = vars(asyncio.Timeout)[name]
        setattr(asyncio.Timeout, name, covering)

    async def runs():
        is_ready()
        while not is_hooked():
            await asyncio.sleep(0.01)
        if kept[scope._on_timeout] != 1 or kept[group._on_task_done] != 2:
            return
        for name in names:
            cover(name)
        says_so()
        while True:
            for name in found if os.path.exists(GO) else ():
                setattr(asyncio.Timeout, name, found[name])
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(1)
            except TimeoutError:
                pass

    asyncio.run(runs())


async def moves_on():
    import anyio

    while True:
        with anyio.move_on_after(0.01):
            await anyio.sleep(9)
        is_ready()


def is_named():
    """Scopes that a function makes, named after that in each report."""
    import asyncio

    asyncio.run(moves_on())


def outlasts():
    """Makes a task while it is traced, of which the loop gets to know when it is no more."""
    import asyncio

    def is_hooked():
        return type(vars(asyncio.Timeout)["__aenter__"]).__name__ == "hook"

    class Loop(asyncio.SelectorEventLoop):
        def call_soon(self, *arguments, **more):
            while os.path.exists(GO + ".at") and is_hooked():
                time.sleep(0.001)
            return super().call_soon(*arguments, **more)

    async def runs():
        is_ready()
        while not is_hooked():
            await asyncio.sleep(0.01)
        says_so()
        asyncio.current_task().get_loop().create_task(asyncio.sleep(9))
        await asyncio.sleep(99)

    Loop().run_until_complete(runs())


def churns():
    """Enters scopes as fast as it can."""
    import asyncio

    async def runs():
        while True:
            is_ready()
            for _ in range(10000):
                async with asyncio.timeout(10):
                    pass
            await asyncio.sleep(0)

    asyncio.run(runs())


def is_another():
    """What is open while it is attached to is over when it is attached to again; others are there, mostly in its place."""
    import asyncio

    async def holds(scope, event):
        async with scope:
            await event.wait()

    async def holds_many(scope, until):
        event = asyncio.Event()
        tasks = [asyncio.create_task(holds(scope(), event)) for _ in range(300)]
        await asyncio.sleep(0.01)
        is_ready()
        while not until():
            await asyncio.sleep(0.01)
        event.set()
        await asyncio.gather(*tasks)

    async def runs():
        await holds_many(lambda: asyncio.timeout(99), lambda: os.path.exists(GO))
        asyncio.get_running_loop().call_later(0.1, says_so)
        await holds_many(asyncio.TaskGroup, lambda: False)

    asyncio.run(runs())


MODES = {"late": imports_late, "churns": churns, "mended": is_mended, "covers": covers, "named": is_named,
         "outlasts": outlasts, "another": is_another}
MODES[MODE]()
