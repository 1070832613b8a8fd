# SPDX-License-Identifier: MIT
"""Enters and leaves so many scopes, with nothing around them that varies from run to run. Prints its process id, and
"traced" when the agent is in the process, "plain" when it is not; of several rounds, also the nanoseconds of processor
time that a scope took in the fastest.

    scope_churn.py SCOPES [timeout|scope|move_on|fail [ROUNDS]]
"""
import asyncio
import gc
import os
import sys
import time


async def timeout(scopes):
    for _ in range(scopes):
        async with asyncio.timeout(None):
            pass


async def scope(scopes):
    for _ in range(scopes):
        with anyio.CancelScope():
            pass


async def move_on(scopes):
    for _ in range(scopes):
        with anyio.move_on_after(60):
            pass


async def fail(scopes):
    for _ in range(scopes):
        with anyio.fail_after(60):
            pass


async def main(scopes, kind, rounds):
    least = None
    for _ in range(rounds):
        before = time.thread_time_ns()
        await kind(scopes)
        spent = (time.thread_time_ns() - before) / scopes
        least = spent if least is None else min(least, spent)
    return least


KINDS = {"timeout": timeout, "scope": scope, "move_on": move_on, "fail": fail}
count = int(sys.argv[1])
kind = sys.argv[2] if len(sys.argv) > 2 else "timeout"
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
gc.disable()
if kind == "timeout":
    fastest = asyncio.run(main(count, KINDS[kind], rounds))
else:
    import anyio
    fastest = anyio.run(main, count, KINDS[kind], rounds)
with open("/proc/self/maps") as maps:
    words = [os.getpid(), "traced" if "libscopetrace-agent.so" in maps.read() else "plain"]
print(*words, *([] if rounds == 1 else [f"{fastest:.1f}"]))
