"""A long-lived worker whose home-made time limit cancels the task and forgets to take the request back.

Each answer that comes too late leaves a cancellation request behind on the worker's task; the first
asyncio.timeout() or TaskGroup afterwards pays for it. Needs nothing but asyncio.
"""
import asyncio


class TimeLimit:
    def __init__(self, seconds):
        self.seconds = seconds
        self.expired = False

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.timer = asyncio.get_running_loop().call_later(self.seconds, self.expire)

    def expire(self):
        self.expired = True
        self.task.cancel()

    async def __aexit__(self, kind, error, traceback):
        self.timer.cancel()
        if self.expired and kind is asyncio.CancelledError:
            # Here self.task.uncancel() is missing.
            raise TimeoutError


async def ask_backend(delay):
    await asyncio.sleep(delay)


async def worker():
    for delay in (0, 0.2, 0, 0.2, 0.2):
        try:
            async with TimeLimit(0.05):
                await ask_backend(delay)
        except TimeoutError:
            print("worker: no answer, next")
    print("worker: done, cancelling() =", asyncio.current_task().cancelling())


async def main():
    await asyncio.create_task(worker(), name="worker")


asyncio.run(main())
