# SPDX-License-Identifier: MIT
"""A coroutine that is nearly always in the middle of calls after which CPython 3.11 and 3.12 take what they note behind a
call for an instruction, and believe that the coroutine waits for something: running.py STATE-FILE

When STATE-FILE.go is there, it makes STATE-FILE anew, and such calls for six seconds. The file says then that it has
survived.
"""
import asyncio
import functools
import os
import sys
import time

STATE = sys.argv[1]
TURNS = 2000


def tell(text):
    with open(STATE + ".new", "w") as file:
        file.write(text)
    os.rename(STATE + ".new", STATE)


async def make(calls, results):
    for call in calls:
        results.append(call() is not None)


def make_anew():
    """The same function, none of whose calls has been made yet."""
    code = make.__code__.replace(co_name="make_anew")
    return type(make)(code, globals())


def find_places():
    """Which of so many calls are such ones."""
    results = []
    calls = []
    coroutine = make_anew()(calls, results)
    calls += [functools.partial(getattr, coroutine, "cr_await")] * TURNS
    try:
        coroutine.send(None)
    except StopIteration:
        pass
    return [place for place, waits in enumerate(results) if waits]


async def main(places):
    tell("ready")
    while not os.path.exists(STATE + ".go"):
        await asyncio.sleep(0.01)
    calls = [functools.partial(int)] * TURNS
    for place in places or [0]:
        calls[place] = functools.partial(time.sleep, 6 / len(places or [0]))
    task = asyncio.create_task(make_anew()(calls, []))
    tell("runs")
    await task
    tell("survived")
    await asyncio.sleep(100)


found = find_places()
print(len(found), "places", file=sys.stderr)
asyncio.run(main(found))
