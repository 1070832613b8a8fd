# SPDX-License-Identifier: MIT
"""Exception groups that hold one and the same group many times over, as of tasks that wait for one that failed, leave
scopes as fast as others."""
import asyncio


def nested(levels, times):
    error = ValueError()
    for _ in range(levels):
        error = ExceptionGroup("of the same", [error] * times)
    return error


async def leave(scope, error):
    try:
        async with scope:
            raise error
    except ExceptionGroup as group:
        print(type(scope).__name__, group.message)


async def main():
    for error in nested(2, 3), nested(15, 50):
        await leave(asyncio.timeout(9), error)
        await leave(asyncio.TaskGroup(), error)


asyncio.run(main())
