# SPDX-License-Identifier: MIT
"""What a signal handler raises arrives, wherever the program is when the signal does: also in the methods of a task that
is written in Python."""
import asyncio
import signal

ROUNDS = 150


class Own(BaseException):
    pass


class Usual(Exception):
    pass


def work(task, has_run):
    while not has_run:
        task.cancel()
        task.uncancel()
    for _ in range(1000):
        pass


def came(task, kind):
    """Whether what the handler raised came out."""
    has_run = []

    def handler(number, frame):
        has_run.append(number)
        raise kind(42)

    signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        work(task, has_run)
    except kind as error:
        return error.args == (42,)
    return False


async def main():
    task = asyncio.tasks._PyTask(asyncio.sleep(100), loop=asyncio.get_running_loop())
    await asyncio.sleep(0)
    for kind in KeyboardInterrupt, SystemExit, TimeoutError, Own, Usual:
        print(kind.__name__, all(came(task, kind) for _ in range(ROUNDS)))
    await asyncio.wait([task])


asyncio.run(main())
