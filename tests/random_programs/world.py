# SPDX-License-Identifier: MIT
"""What the random programs are written with (see generate.py): a loop whose time jumps to the next timer when there is
nothing to do, so that a program does the same each time and takes no time; a log; small helpers that are right."""
import asyncio
import contextlib
import os
import selectors
import signal
import time

UNIT = 0.001
VIRTUAL = os.environ.get("REAL_TIME") != "1"
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


def run_case(number, main, eager=False, interrupted=None):
    """interrupted: after so many seconds."""
    os.environ["SCOPETRACE_LABEL"] = f"case {number}"

    async def whole():
        if eager:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        if interrupted is not None:
            asyncio.get_running_loop().call_later(interrupted, signal.raise_signal, signal.SIGINT)
        try:
            await main()
        except Boom:
            log("boom")
        log("left at", count())

    lines.append(f"case {number}")
    try:
        with asyncio.Runner(loop_factory=JumpingLoop if VIRTUAL else None) as runner:
            runner.run(whole())
    except (KeyboardInterrupt, asyncio.CancelledError):
        lines.append("interrupted")


def finish():
    print(*lines, sep="\n", flush=True)
    if "STAY" in os.environ:
        time.sleep(float(os.environ["STAY"]))
