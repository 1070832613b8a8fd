# SPDX-License-Identifier: MIT
"""Each allocation in turn fails while a scope is left by an exception: nothing is printed. (Where the interpreter lacks
what makes them fail, they do not.)"""
import asyncio

import anyio

try:
    from _testcapi import remove_mem_hooks, set_nomemory
except ImportError:

    def set_nomemory(first, last):
        pass

    remove_mem_hooks = dict


async def main():
    error = ValueError()
    for number in range(40):
        scope = anyio.CancelScope()
        scope.__enter__()
        leave = scope.__exit__
        set_nomemory(number, number + 1)
        try:
            leave(ValueError, error, None)
        except MemoryError:
            pass
        finally:
            remove_mem_hooks()
        leave(ValueError, error, None) if scope._active else None
    print("left")


asyncio.run(main())
