# SPDX-License-Identifier: MIT
"""A program to be attached to before it does what is to be reported: program.py MODE GO-FILE

It makes GO-FILE.at when it has come as far as it gets, goes on when GO-FILE is there, and then ends by itself; or it
goes on for ever, and makes GO-FILE.past when it has done all that is to be reported.
"""
import sys

MODE, GO = sys.argv[1:3]
if MODE.endswith("-gevent"):
    from gevent import monkey
    monkey.patch_all()

import asyncio
import os
import threading


async def told():
    with open(GO + ".at", "w"):
        pass
    while not os.path.exists(GO):
        await asyncio.sleep(0.02)


# ---- a task that is cancelled directly: as it should be, and not ----

async def obeys():
    await asyncio.sleep(1000)


async def ignores():
    while not os.path.exists(GO):
        await asyncio.sleep(0.005)
    for _ in range(40):
        try:
            await asyncio.sleep(0.005)
        except asyncio.CancelledError:
            continue


async def cancels_workers():
    """Of each kind one that was there before, and one born later."""
    workers = [asyncio.create_task(ignores(), name="old"), asyncio.create_task(obeys())]
    await told()
    workers += [asyncio.create_task(ignores(), name="new"), asyncio.create_task(obeys())]
    await asyncio.sleep(0.05)
    for task in workers:
        task.cancel()
    await asyncio.wait(workers)


def also_in_thread(main):
    thread = threading.Thread(target=asyncio.run, args=[main()])
    thread.start()
    asyncio.run(main())
    thread.join()


def with_uvloop(main):
    import uvloop
    uvloop.run(main)


def with_gevent(main):
    """Its hub turns more often than asyncio does."""
    import gevent

    def beat():
        while True:
            gevent.sleep(0.0005)

    gevent.spawn(beat)
    asyncio.run(main)


# ---- another interpreter ----

def with_interpreter():
    """3.11 does not allow one loop to run inside the other."""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters

    asyncio.run(told())
    interpreters.run_string(interpreters.create(), "import asyncio; asyncio.run(asyncio.sleep(0))")
    asyncio.run(asyncio.sleep(0.05))


# ---- tasks that have not ended, some of them since they clean up ----

past = []


async def cleans_up():
    """In two threads, or with uvloop in one, until it is killed."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../programs"))
    from _cleaning import CLEANING, RUNNING_ON, cancelled
    await told()
    cleaning, running_on = await cancelled(CLEANING), await cancelled(RUNNING_ON)
    await asyncio.sleep(0.8)  # in which those have run on
    past.append(asyncio.get_running_loop())
    if len(past) == (2 if MODE == "cleans-up" else 1):
        with open(GO + ".past", "w"):
            pass
    await asyncio.wait([*cleaning, *running_on])


# ---- requests that were there before ----

async def was_cancelled_before():
    """Three times, and once more under our eyes, which it takes back."""
    async def resists():
        while asyncio.current_task().cancelling() < 3 or not os.path.exists(GO):
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                pass
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()

    task = asyncio.create_task(resists(), name="resists")
    for _ in range(3):
        await asyncio.sleep(0.01)
        task.cancel()
    await told()
    await asyncio.sleep(0.1)
    task.cancel()
    await task


# ---- scopes that were entered before ----

async def old_asyncio_scopes():
    """A timeout that expires, one that does not, a task group whose child fails, one that is cancelled."""
    async def expires():
        try:
            async with asyncio.timeout(10) as timeout:
                await told_by(timeout)
        except TimeoutError:
            pass
        await asyncio.sleep(0.05)

    async def told_by(timeout):
        while not os.path.exists(GO):
            await asyncio.sleep(0.01)
        timeout.reschedule(asyncio.get_running_loop().time())
        await asyncio.sleep(10)

    async def goes_well():
        async with asyncio.timeout(100):
            async with asyncio.timeout(50):
                await wait_for_go()

    async def fails():
        async def child():
            await wait_for_go()
            raise ValueError

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(100))
                group.create_task(child())
        except* ValueError:
            pass
        await asyncio.sleep(0.05)

    async def is_cancelled():
        async with asyncio.timeout(100), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(100))
            await asyncio.sleep(100)

    victim = asyncio.create_task(is_cancelled())
    others = [asyncio.create_task(kind()) for kind in (expires, goes_well, fails)]
    await asyncio.sleep(0.05)
    await told()
    victim.cancel()
    await asyncio.wait([victim, *others])


async def wait_for_go():
    while not os.path.exists(GO):
        await asyncio.sleep(0.01)


async def old_scopes():
    await asyncio.gather(old_asyncio_scopes(), old_anyio_scopes())


async def old_anyio_scopes():
    """Nested scopes, cancelled from inside and outside, one that expires, a group with children in scopes."""
    import anyio

    async def inner_first():
        with anyio.CancelScope() as outer:
            with anyio.CancelScope() as inner:
                await wait_for_go()
                inner.cancel()
                await anyio.sleep(10)
            await anyio.sleep(0.01)
            outer.cancel()
            await anyio.sleep(10)

    async def outer_first():
        with anyio.CancelScope() as outer:
            with anyio.CancelScope(), anyio.move_on_after(100):
                await wait_for_go()
                outer.cancel()
                await anyio.sleep(10)

    async def expires():
        with anyio.move_on_after(100) as scope:
            with anyio.CancelScope(shield=True):
                await wait_for_go()
            scope.deadline = anyio.current_time()
            await anyio.sleep(10)

    async def group():
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(in_scope)
            await wait_for_go()
            tasks.cancel_scope.cancel()

    async def in_scope():
        with anyio.fail_after(100):
            await anyio.sleep(100)

    async def each(kind):
        await kind()
        await anyio.sleep(0.05)

    tasks = [asyncio.create_task(each(kind), name=kind.__name__) for kind in
             (inner_first, outer_first, expires, group)]
    await asyncio.sleep(0.05)
    await told()
    await asyncio.wait(tasks)
    await asyncio.sleep(0.05)


# ---- a leak that grows under our eyes ----

async def leaks():
    """AnyIO 4.2 and 4.3 book the request on the inner scope, which is not the one that takes it back."""
    import anyio

    async def connect():
        with anyio.CancelScope() as outer:
            with anyio.move_on_after(5):
                outer.cancel()
                await anyio.sleep(5)

    with anyio.CancelScope():
        await told()
        for _ in range(5):
            await connect()
        await asyncio.sleep(0.05)


# ---- tasks that are done and kept ----

async def keeps():
    """Three that never leave their timeout, as somebody does whose early return forgets it, and one that is well."""
    async def forgets():
        scope = asyncio.timeout(1000)
        past.append(scope)
        await scope.__aenter__()

    await told()
    past.extend(asyncio.create_task(forgets(), name="kept") for _ in range(3))
    past.append(asyncio.create_task(asyncio.sleep(0), name="kept"))
    await asyncio.sleep(0.05)
    with open(GO + ".past", "w"):
        pass
    await asyncio.sleep(1000)


# ---- very many tasks ----

class Waits(asyncio.Task):
    asked = 0

    def __eq__(self, other):
        Waits.asked += self is not other
        return self is other

    __hash__ = asyncio.Task.__hash__


async def very_many():
    """All of a class that counts how often two of them are compared: hash tables do, at most now and then."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    tasks = [Waits(over.wait(), loop=loop) for _ in range(10000)]
    await asyncio.sleep(0)
    Waits.asked = 0
    await told()
    assert Waits.asked < len(tasks), Waits.asked
    over.set()
    await asyncio.wait(tasks)


# ---- a crowd: many tasks in old scopes, to some of which something happens before they are told of ----

CROWD = 4000


async def waits_in_scopes(woken):
    from anyio import CancelScope

    try:
        with CancelScope() as outermost:
            async with asyncio.timeout(1000) as outer:
                scopes[asyncio.current_task()] = outermost, outer
                async with asyncio.timeout(900):
                    await woken.wait()
                    async with asyncio.timeout(800):
                        await asyncio.sleep(0)
    except TimeoutError:
        pass


def wake(woken, task):
    woken.set()


def cancel(woken, task):
    task.cancel()


def expire(woken, task):
    scopes[task][1].reschedule(0)


def cancel_scope(woken, task):
    scopes[task][0].cancel()


scopes = {}


async def crowd():
    """While it is being told what is alive, some leave their old scopes as they should, one in each of four ways in each
    turn of the loop. It is hardly ever their turn to be told."""
    old = []
    for _ in range(CROWD):
        woken = asyncio.Event()
        old.append((woken, asyncio.create_task(waits_in_scopes(woken))))
    await asyncio.sleep(0)
    with open(GO + ".at", "w"):
        pass
    while type(asyncio.Timeout.__dict__["__aexit__"]).__name__ != "hook":
        await asyncio.sleep(0.001)
    while not os.path.exists(GO):
        for way in (wake, cancel, expire, cancel_scope):
            if len(old) > CROWD // 2:
                way(*old.pop())
        await asyncio.sleep(0.001)
    for member in old:
        cancel(*member)
    await asyncio.wait([task for _, task in old])


async def sleeping_crowd(number=CROWD):
    """Its loop does not turn until it is asked."""
    tasks = [asyncio.create_task(waits_in_scopes(asyncio.Event())) for _ in range(number)]
    await asyncio.sleep(0)
    with open(GO + ".at", "w"):
        pass
    await asyncio.wait(tasks)


# ---- very many scopes, each in the one before; and what pretends to have scopes ----

class Pretends:
    """A context manager that would know if it were asked for attributes that it has not."""
    asked = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __getattr__(self, name):
        Pretends.asked.append(name)
        raise AttributeError(name)


async def nested():
    from anyio._backends._asyncio import CancelScope

    with Pretends():
        for _ in range(50000):
            CancelScope().__enter__()
        await told()
    assert not Pretends.asked, Pretends.asked
    os._exit(0)  # to leave each of them takes AnyIO long


{"workers": lambda: also_in_thread(cancels_workers),
 "workers-uvloop": lambda: with_uvloop(cancels_workers()),
 "workers-gevent": lambda: with_gevent(cancels_workers()),
 "interpreters": with_interpreter,
 "cleans-up": lambda: also_in_thread(cleans_up),
 "cleans-up-uvloop": lambda: with_uvloop(cleans_up()),
 "cancelled-before": lambda: asyncio.run(was_cancelled_before()),
 "scopes": lambda: asyncio.run(old_scopes()),
 "keeps": lambda: asyncio.run(keeps()),
 "sleeping-crowd": lambda: asyncio.run(sleeping_crowd()),
 "large-sleeping-crowd": lambda: asyncio.run(sleeping_crowd(20000)),
 "crowd": lambda: asyncio.run(crowd()),
 "very-many": lambda: asyncio.run(very_many()),
 "nested": lambda: asyncio.run(nested()),
 "leaks": lambda: asyncio.run(leaks())}[MODE]()
