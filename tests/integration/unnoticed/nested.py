# SPDX-License-Identifier: MIT
"""Scopes, each inside the one before, cancelled from the outermost on: too many for a call of C for each, be it for
the stack of this thread or for what the interpreter allows. Plain Python takes none of either for them."""
import asyncio
import sys
import threading

import anyio

DEPTH = 6500
STACK = 1 << 20


async def main():
    scopes = [anyio.CancelScope().__enter__() for _ in range(DEPTH)]
    scopes[0].cancel()
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("cancelled", flush=True)
    while scopes:
        scopes.pop().__exit__(None, None, None)
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep(10)
    print(scope.cancelled_caught, flush=True)


def run():
    sys.setrecursionlimit(4 * DEPTH)
    threading.stack_size(STACK)
    thread = threading.Thread(target=asyncio.run, args=[main()])
    thread.start()
    thread.join()


if __name__ == "__main__":
    run()
