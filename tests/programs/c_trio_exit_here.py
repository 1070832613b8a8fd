"""Trio: a scope that is entered and left in one task.  Twin: f_trio_exit_in_task.py"""
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
    await leave(scope)
    print("done")


trio.run(main)
