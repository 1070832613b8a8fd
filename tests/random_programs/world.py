# SPDX-License-Identifier: MIT
"""What the random programs are written with (see generate.py): a loop whose time jumps to the next timer when there is
nothing to do, so that a program does the same each time and takes no time; a log; small helpers that are right."""
import asyncio
import concurrent.futures
import contextlib
import gc
import os
import selectors
import signal
import threading
import time

UNIT = 0.001
VIRTUAL = os.environ.get("REAL_TIME") != "1"
UVLOOP = os.environ.get("UVLOOP") == "1"
THREADS = int(os.environ.get("THREADS", "1"))
lines = []
other_places = [bytes(number % 500) for number in range(997 * int(os.environ.get("OTHER_PLACES", "0")))]


class Boom(Exception):
    """The error that random code raises, and that random code expects."""


class JumpingSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout=None):
        if timeout is None:
            ready = super().select(20)
            assert ready, "this program waits for nothing"
            return ready
        ready = super().select(0)
        if not ready:
            self.now += timeout
        self.now += 1e-6
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.selector = JumpingSelector()
        super().__init__(self.selector)

    def time(self):
        return self.selector.now


class Box:
    """What the tasks of a case know of each other. Anybody may cancel these at any time."""

    def __init__(self):
        self.scopes, self.tasks, self.last = [], [], []
        self.lock = asyncio.Lock()

    def cancel_a_scope(self, number):
        if self.scopes:
            self.scopes[number % len(self.scopes)].cancel()

    def cancel_a_task(self, number):
        if self.tasks and (task := self.tasks[number % len(self.tasks)]) is not asyncio.current_task():
            task.cancel()

    def anybodys(self, task):
        self.tasks.append(task)
        return task


class Deadline:
    """A timeout as people write them, right."""

    def __init__(self, delay):
        self.delay = delay
        self.expired = False

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.before = self.task.cancelling()
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.expire)
        return self

    def expire(self):
        self.expired = True
        self.task.cancel()

    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if self.expired and self.take_back() <= self.before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def take_back(self):
        return self.task.uncancel()


class Described(Deadline):
    """The same, but described to scopetrace: scopes.toml. With `forgets` it takes nothing back."""

    def __init__(self, delay, forgets=False):
        super().__init__(delay)
        self.forgets = forgets

    async def __aenter__(self):
        return await super().__aenter__()

    def expire(self):
        super().expire()

    async def __aexit__(self, kind, error, trace):
        return await super().__aexit__(kind, error, trace)

    def take_back(self):
        return self.before if self.forgets else super().take_back()


@contextlib.asynccontextmanager
async def limited(delay):
    async with asyncio.timeout(delay):
        yield


def now():
    return asyncio.get_running_loop().time()


def count():
    return asyncio.current_task().cancelling()


def log(*words):
    lines.append(" ".join(map(str, words)) + (f" at {now() * 1e4:.0f}" if VIRTUAL else ""))


async def ticks(number):
    for _ in range(number):
        await asyncio.sleep(0)


async def event_after(delay):
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(delay, event.set)
    await event.wait()


async def item_after(delay):
    queue = asyncio.Queue()
    asyncio.get_running_loop().call_later(delay, queue.put_nowait, 1)
    await queue.get()


async def numbers(delay):
    for number in range(3):
        async with asyncio.timeout(100):
            await asyncio.sleep(delay)
        yield number


async def read_numbers(delay, enough):
    async with contextlib.aclosing(numbers(delay)) as stream:
        async for number in stream:
            if number == enough:
                break


async def condition_after(delay):
    condition = asyncio.Condition()

    async def notify():
        await asyncio.sleep(delay)
        async with condition:
            condition.notify_all()

    task = asyncio.create_task(notify())
    try:
        async with condition:
            await condition.wait()
    finally:
        task.cancel()


async def streamed_after(delay):
    import anyio
    sender, receiver = anyio.create_memory_object_stream(1)
    asyncio.get_running_loop().call_later(delay, sender.send_nowait, 1)
    try:
        await receiver.receive()
    finally:
        asyncio.get_running_loop().call_later(delay, sender.close)
        asyncio.get_running_loop().call_later(delay, receiver.close)


def reschedule(timeout, delay):
    """Has no effect on one that has expired or ended."""
    with contextlib.suppress(RuntimeError):
        timeout.reschedule(now() + delay)


async def ended(*tasks):
    """Waits until they have; asks nobody to."""
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def in_own_task(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        await ended(task)
    finally:
        task.cancel()


async def put_an_end_to(*tasks):
    for task in tasks:
        task.cancel()
    await ended(*tasks)


class OwnTask(asyncio.Task):
    """Of a program that has a class of its own."""


class Eager:
    """asyncio's own. uvloop says eager_start to it, which before 3.13.3 it does not take; AnyIO knows it by these two."""

    def __init__(self, factory):
        self.factory, self.__code__, self.__closure__ = factory, factory.__code__, factory.__closure__

    def __call__(self, loop, coroutine, eager_start=None, **options):
        return self.factory(loop, coroutine, **options)


def loop_factory():
    if UVLOOP:
        import uvloop
        return uvloop.new_event_loop
    return JumpingLoop if VIRTUAL else None


FACTORIES = {
    "eager": Eager(asyncio.eager_task_factory) if hasattr(asyncio, "eager_task_factory") else None,
    "own": lambda loop, coroutine, **options: OwnTask(coroutine, loop=loop, **options),
    "python": lambda loop, coroutine, **options: asyncio.tasks._PyTask(coroutine, loop=loop, **options),
}


def run_case(number, main, factory, interrupted):
    """factory: of tasks, one of the above or None; interrupted: after so many seconds, or None: not."""
    if THREADS == 1:
        os.environ["SCOPETRACE_LABEL"] = f"case {number}"

    async def whole():
        if factory:
            asyncio.get_running_loop().set_task_factory(FACTORIES[factory])
        if interrupted is not None and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().call_later(interrupted, signal.raise_signal, signal.SIGINT)
        try:
            await main()
        except Boom:
            log("boom")
        log("left at", count())

    lines.append(f"case {number}")
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(whole())
    except (KeyboardInterrupt, asyncio.CancelledError):
        lines.append("interrupted")
    except RuntimeError as error:
        if interrupted is None or not isinstance(error.__context__, KeyboardInterrupt):
            raise
        lines.append("interrupted")  # too late: see generate.py
    if VIRTUAL:
        gc.collect()


def run_all(*cases):
    """REPEAT: for so many seconds, so that somebody can attach meanwhile. THREADS: so many at a time."""
    if VIRTUAL:
        gc.disable()  # what it finds may log
    end = time.monotonic() + float(os.environ.get("REPEAT", "0"))
    while True:
        lines.clear()
        with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
            list((threads.map if THREADS > 1 else map)(lambda case: run_case(*case), cases))
        if time.monotonic() >= end:
            break
    print(*lines, sep="\n", flush=True)
