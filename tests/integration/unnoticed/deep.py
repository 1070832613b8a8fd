# SPDX-License-Identifier: MIT
"""Cancels and scopes where hardly any recursion is left, from callbacks, destructors and other threads."""
import asyncio
import gc
import sys
import threading

import anyio


def deep(function):
    try:
        return deep(function)
    except RecursionError:
        return function()


def at_each_depth(function, *expected):
    """What happens, the deeper it is called: works, then RecursionError."""
    outcomes = []

    def descend(left):
        if left:
            return descend(left - 1)
        try:
            function()
            return "works"
        except RecursionError:
            return "too deep"

    for left in range(0, sys.getrecursionlimit(), 50):
        try:
            outcomes.append(descend(left))
        except RecursionError:
            outcomes.append("too deep")
    return outcomes[0], outcomes[-1], sorted(set(outcomes))


def works_at(depth, function):
    if depth:
        return works_at(depth - 1, function)
    try:
        function()
        return True
    except RecursionError:
        return False


def deepest(function):
    """The last depth at which it works."""
    low, high = 0, sys.getrecursionlimit()
    while high - low > 1:
        middle = (low + high) // 2
        try:
            works = works_at(middle, function)
        except RecursionError:
            works = False
        low, high = (middle, high) if works else (low, middle)
    return low


def run_to_end(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass


async def main():
    task = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(0)

    def raise_and_take_back():
        task.cancel()
        task.uncancel()

    def enter_and_leave():
        with anyio.CancelScope():
            pass

    def enter_and_leave_slowly():
        timeout = asyncio.timeout(10)
        run_to_end(timeout.__aenter__())
        run_to_end(timeout.__aexit__(None, None, None))

    print(at_each_depth(raise_and_take_back), at_each_depth(enter_and_leave))
    for function in raise_and_take_back, enter_and_leave, enter_and_leave_slowly:
        print(function.__name__, deepest(function))
    print(task.cancelling() > 0 or task.cancelled())

    class Dies:
        def __init__(self, task):
            self.task, self.me = task, self

        def __del__(self):
            self.task.cancel("from a destructor")

    victim = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(0)
    Dies(victim)
    gc.collect()
    try:
        await victim
    except asyncio.CancelledError as error:
        print("cancelled", error.args)

    other = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(other.cancel, "from a thread"))
    thread.start()
    try:
        await other
    except asyncio.CancelledError as error:
        print("cancelled", error.args)
    await asyncio.to_thread(thread.join)

    def own_loop():
        async def inner():
            async with asyncio.timeout(1), asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(0))
            with anyio.move_on_after(0.001):
                await anyio.sleep(1)

        asyncio.run(inner())

    threads = [threading.Thread(target=own_loop) for _ in range(5)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        await asyncio.sleep(0.001)
    print(asyncio.current_task().cancelling())


asyncio.run(main())
