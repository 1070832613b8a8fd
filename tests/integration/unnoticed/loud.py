# SPDX-License-Identifier: MIT
"""Classes that say each time that something is asked of them: as often as without a tracer, and by nobody else."""
import asyncio
import collections
import collections.abc

import anyio
from anyio._backends._asyncio import CancelScope

heard = collections.Counter()


class Loud:
    def __getattribute__(self, name):
        heard[type(self).__mro__[2].__name__, name] += 1
        return super().__getattribute__(name)

    def __bool__(self):
        heard[type(self).__name__, "bool"] += 1
        return True

    def __eq__(self, other):
        heard[type(self).__name__, "eq"] += 1
        return self is other

    def __hash__(self):
        heard[type(self).__name__, "hash"] += 1
        return 1


class LoudScope(Loud, CancelScope):
    pass


class LoudTimeout(Loud, asyncio.Timeout):
    pass


class LoudGroup(Loud, asyncio.TaskGroup):
    pass


class LoudTask(Loud, asyncio.Task):
    __hash__, __eq__ = asyncio.Task.__hash__, asyncio.Task.__eq__  # asyncio looks them up in sets


class LoudCoroutine(collections.abc.Coroutine):
    def __init__(self, inner):
        self.send, self.throw, self.close, self.inner = inner.send, inner.throw, inner.close, inner

    def send(self, value):
        pass

    def throw(self, *exception):
        pass

    def __await__(self):
        return self.inner.__await__()

    def __getattr__(self, name):
        heard["coroutine", name] += 1
        raise AttributeError(name)


class Meta(type):
    def __getattribute__(cls, name):
        heard["class of an error", name] += 1
        return super().__getattribute__(name)


class LoudError(Exception, metaclass=Meta):
    pass


class LoudText(str):
    def __str__(self):
        heard["text", "str"] += 1
        return "text"

    def encode(self, *arguments):
        heard["text", "encode"] += 1
        return super().encode(*arguments)


class Reason:
    def __getattr__(self, name):
        heard["reason", name] += 1
        raise AttributeError(name)


async def work():
    with LoudScope() as scope:
        scope.cancel()
        await asyncio.sleep(1)
    try:
        async with LoudTimeout(asyncio.get_running_loop().time()):
            await asyncio.sleep(1)
    except TimeoutError:
        pass
    async with LoudGroup() as group:
        group.create_task(asyncio.sleep(0))
    for manager in CancelScope(), anyio.move_on_after(10):
        try:
            with manager:
                raise LoudError("here")
        except LoudError:
            pass
    try:
        CancelScope().cancel(Reason())
    except TypeError:  # no reasons yet
        pass


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.Task(LoudCoroutine(work()), loop=loop)
    await LoudTask(work(), loop=loop, name=LoudText("name"))
    task = LoudTask(work(), loop=loop)
    await asyncio.sleep(0)
    task.cancel(LoudText("message"))
    task.uncancel()
    await asyncio.wait([task])


asyncio.run(main())
print(*sorted(heard.items()), sep="\n")
