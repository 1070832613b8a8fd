"""Trio: a scope that is left in a task of its own.  Twin: c_trio_exit_here.py"""
import trio


async def leave(scope):
    try:
        scope.__exit__(None, None, None)
    except RuntimeError as error:
        print(type(error).__name__)


async def main():
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        await trio.sleep(0)
        scope.__enter__()
        nursery.start_soon(leave, scope)
        await trio.sleep(0.01)
        scope.__exit__(None, None, None)
    print("done")


trio.run(main)
